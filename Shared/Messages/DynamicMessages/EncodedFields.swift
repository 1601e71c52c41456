internal import Protobuf

/// The fields of one encoded message by their numbers: enough to read descriptors by hand.
///
/// Later values come last; what no caller asks for costs nothing but its place.
struct EncodedFields {
  private enum Value {
    case integer(UInt64)
    case content(Range<Int>)
  }

  /// Groups that are skipped may nest so deeply.
  private static let groupLevels = 100

  private let bytes: [UInt8]
  private var values: [UInt32: [Value]] = [:]

  init(_ bytes: [UInt8]) throws(WireFault) { try self.init(bytes, bytes.indices) }

  private init(_ bytes: [UInt8], _ range: Range<Int>) throws(WireFault) {
    self.bytes = bytes
    var reader = WireReader(range)
    while !reader.isAtEnd {
      let tag = try reader.tag(bytes.span)
      switch tag.type {
      case .varint:
        values[tag.number, default: []].append(.integer(try reader.varint(bytes.span)))
      case .lengthDelimited:
        values[tag.number, default: []].append(.content(try reader.lengthDelimited(bytes.span)))
      default: try reader.skipValue(bytes.span, of: tag, levels: Self.groupLevels)
      }
    }
  }

  func has(_ number: UInt32) -> Bool { values[number] != nil }

  func integer(_ number: UInt32) -> Int? {
    guard case .integer(let value)? = values[number]?.last else { return nil }
    return Int(truncatingIfNeeded: value)
  }

  /// Of a repeated field, packed or not.
  func integers(_ number: UInt32) throws(WireFault) -> [Int] {
    var integers: [Int] = []
    for value in values[number] ?? [] {
      switch value {
      case .integer(let value): integers.append(Int(truncatingIfNeeded: value))
      case .content(let range):
        var reader = WireReader(range)
        while !reader.isAtEnd {
          integers.append(Int(truncatingIfNeeded: try reader.varint(bytes.span)))
        }
      }
    }
    return integers
  }

  func flag(_ number: UInt32) -> Bool { integer(number) ?? 0 != 0 }

  func text(_ number: UInt32) -> String { texts(number).last ?? "" }

  func texts(_ number: UInt32) -> [String] {
    contents(number).map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  func messages(_ number: UInt32) throws(WireFault) -> [EncodedFields] {
    var messages: [EncodedFields] = []
    for range in contents(number) { messages.append(try EncodedFields(bytes, range)) }
    return messages
  }

  private func contents(_ number: UInt32) -> [Range<Int>] {
    (values[number] ?? []).compactMap {
      guard case .content(let range) = $0 else { return nil }
      return range
    }
  }
}
