import Foundation

/// The bytes of a file one by one, read block by block.
struct ByteSource {
  private static let blockBytes = 64 * 1024

  private let handle: FileHandle
  private var block: [UInt8] = []
  private var index = 0
  /// Of the next byte, from the beginning of the file.
  private(set) var offset = 0

  init(path: String) throws {
    let isFile = (try? URL(filePath: path).resourceValues(forKeys: [.isRegularFileKey]))?
      .isRegularFile
    guard isFile == true, let handle = FileHandle(forReadingAtPath: path) else {
      throw UsageError("the file \(path) cannot be read", advice: nil)
    }
    self.handle = handle
  }

  mutating func peek() throws -> UInt8? {
    if index == block.count {
      block = Array(try handle.read(upToCount: Self.blockBytes) ?? Data())
      index = 0
    }
    return index < block.count ? block[index] : nil
  }

  mutating func next() throws -> UInt8? {
    guard let byte = try peek() else { return nil }
    index += 1
    offset += 1
    return byte
  }

  /// Takes UTF-8's mark from the beginning; those of other encodings are refused.
  mutating func skipMark(of file: String) throws {
    guard let first = try peek(), [0xef, 0xfe, 0xff].contains(first) else { return }
    let mark = Array(block.prefix(3))
    if mark == [0xef, 0xbb, 0xbf] {
      index = 3
      offset = 3
    } else if mark.starts(with: [0xff, 0xfe]) || mark.starts(with: [0xfe, 0xff]) {
      throw EncodingError.utf16(file)
    }
  }
}

/// A file is no UTF-8.
struct EncodingError: Error {
  let problem: String
  let advice: String

  static func utf16(_ file: String) -> EncodingError {
    EncodingError(
      problem: "\(file) is UTF-16, as the mark at byte 0 says; UTF-8 is wanted",
      advice: "iconv -f UTF-16 -t UTF-8 \(file)")
  }

  private static func notUTF8(
    _ file: String, _ place: String, at offset: Int, _ byte: UInt8
  ) -> EncodingError {
    let hex = String(byte, radix: 16)
    return EncodingError(
      problem: "\(file) is not UTF-8 in \(place): byte \(offset) is "
        + "0x\(hex.count < 2 ? "0" : "")\(hex)",
      advice: "If it is Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 \(file)")
  }

  /// The text of bytes that begin at an offset of the file; `place` is where a person sees them.
  static func text(_ bytes: [UInt8], _ file: String, _ place: String, at offset: Int)
    throws(EncodingError) -> String
  {
    do throws(UTF8.ValidationError) {
      return String(copying: try UTF8Span(validating: bytes.span))
    } catch {
      let fault = error.byteOffsets.lowerBound
      throw notUTF8(file, place, at: offset + fault, bytes[fault])
    }
  }
}
