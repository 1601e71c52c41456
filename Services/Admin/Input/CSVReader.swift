/// Reads comma-separated values (RFC 4180) row by row, however long the file is.
///
/// Lines may end with CRLF or LF. A row that breaks the rules comes with what is wrong with it, and
/// reading goes on behind its line.
struct CSVReader {
  struct Row: Equatable {
    /// The line of the file where it begins, from 1.
    let line: Int
    var fields: [String] = []
    var fault: String?
  }

  static let fieldBytesMaximum = 64 * 1024
  static let fieldsMaximum = 256

  private let file: String
  private var source: ByteSource
  private var line = 1

  private static let quote = UInt8(ascii: "\"")
  private static let comma = UInt8(ascii: ",")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(_ file: String) throws {
    self.file = file
    source = try ByteSource(path: file)
    try source.skipMark(of: file)
  }

  /// The next row that is not empty.
  mutating func next() throws -> Row? {
    while try source.peek() != nil {
      let row = try self.row()
      if row.fields != [""] || row.fault != nil { return row }
    }
    return nil
  }

  private mutating func row() throws -> Row {
    var row = Row(line: line)
    while true {
      let isLast = try field(&row)
      if isLast || row.fault != nil { break }
      if row.fields.count == Self.fieldsMaximum {
        row.fault = "more than \(Self.fieldsMaximum) fields"
      }
    }
    if row.fault != nil { try skipLine() }
    return row
  }

  /// Reads a field and what ends it; true behind the last of the row.
  private mutating func field(_ row: inout Row) throws -> Bool {
    let offset = source.offset
    let isQuoted = try source.peek() == Self.quote
    let bytes = try isQuoted ? quoted(&row) : plain(&row)
    guard row.fault == nil else { return true }
    let text = try EncodingError.text(
      bytes, file, "row \(row.line), field \(row.fields.count + 1)",
      at: isQuoted ? offset + 1 : offset)
    row.fields.append(text)
    if text.utf8.contains(0) {
      row.fault = "a NUL character in field \(row.fields.count)"
      return true
    }
    return try fieldEnd(&row)
  }

  /// Takes a comma, or the end of the line or of the file.
  private mutating func fieldEnd(_ row: inout Row) throws -> Bool {
    switch try source.peek() {
    case Self.comma?:
      _ = try source.next()
      return false
    case nil: return true
    case Self.lineFeed?: break
    case Self.carriageReturn?:
      _ = try source.next()
      guard try source.peek() == Self.lineFeed else {
        row.fault = "a carriage return without a line feed"
        return true
      }
    default:
      row.fault = "text behind the closing quote of field \(row.fields.count)"
      return true
    }
    _ = try source.next()
    line += 1
    return true
  }

  private mutating func plain(_ row: inout Row) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let byte = try source.peek() {
      if byte == Self.comma || byte == Self.lineFeed || byte == Self.carriageReturn { break }
      guard byte != Self.quote else {
        row.fault = "a quote inside field \(row.fields.count + 1), which is not quoted"
        break
      }
      try take(byte, into: &bytes, &row)
      guard row.fault == nil else { break }
    }
    return bytes
  }

  private mutating func quoted(_ row: inout Row) throws -> [UInt8] {
    var bytes: [UInt8] = []
    _ = try source.next()
    while let byte = try source.peek() {
      if byte == Self.quote {
        _ = try source.next()
        guard try source.peek() == Self.quote else { return bytes }
      }
      if byte == Self.lineFeed { line += 1 }
      try take(byte, into: &bytes, &row)
      guard row.fault == nil else { return bytes }
    }
    row.fault = "the quote of field \(row.fields.count + 1) is never closed"
    return bytes
  }

  private mutating func take(_ byte: UInt8, into bytes: inout [UInt8], _ row: inout Row) throws {
    bytes.append(byte)
    _ = try source.next()
    if bytes.count > Self.fieldBytesMaximum {
      row.fault = "field \(row.fields.count + 1) has more than \(Self.fieldBytesMaximum) bytes"
    }
  }

  private mutating func skipLine() throws {
    while let byte = try source.next() {
      guard byte != Self.lineFeed else {
        line += 1
        return
      }
    }
  }
}
