import Foundation
import Messages
import Protobuf

/// A file of members, a row each: comma-separated values, or JSON lines of `Member`.
struct MemberFile: Sendable {
  enum Format: String, CaseIterable, Sendable { case csv, jsonl }

  typealias Row = MembershipV1.PlanMemberImportRequest.Row

  let path: String
  let format: Format

  /// The format is what the file's name says, unless it is given.
  init(_ path: String, _ format: Format?) throws {
    self.path = path
    guard let format = format ?? Format(rawValue: URL(filePath: path).pathExtension.lowercased())
    else {
      throw UsageError(
        "the format of \(path) is not known by its name", advice: "--format csv, or jsonl.")
    }
    self.format = format
  }

  /// Counts the rows; throws all that is wrong with them.
  func check() throws -> Int {
    var bad = BadRows(file: path)
    var count = 0
    try forEach(&bad) { _ in count += 1 }
    guard bad.isEmpty else { throw bad }
    return count
  }

  /// Hands over the rows in order, and collects what is wrong with those that are none.
  func forEach(_ bad: inout BadRows, _ body: (Row) throws -> Void) throws {
    var rows = try self.rows()
    while let row = try rows.next(&bad) { try body(row) }
  }

  /// Its columns, where it has some.
  func columns() throws -> MemberCSV? {
    guard format == .csv else { return nil }
    var reader = try CSVReader(path)
    var bad = BadRows(file: path)
    return try reader.next().flatMap { MemberCSV(header: $0, &bad) }
  }

  func rows() throws -> any MemberRows {
    switch format {
    case .csv: try CSVMemberRows(path)
    case .jsonl: try JSONMemberRows(path)
    }
  }
}

/// The rows of a file, read one by one.
protocol MemberRows {
  /// Nil after the last.
  mutating func next(_ bad: inout BadRows) throws -> MemberFile.Row?
}

private struct CSVMemberRows: MemberRows {
  private var reader: CSVReader
  private var columns: MemberCSV?

  init(_ path: String) throws { reader = try CSVReader(path) }

  mutating func next(_ bad: inout BadRows) throws -> MemberFile.Row? {
    if columns == nil {
      guard let header = try reader.next() else {
        bad.add(1, nil, "the file is empty; a header is wanted")
        return nil
      }
      columns = MemberCSV(header: header, &bad)
    }
    guard let columns else { return nil }
    while let row = try reader.next() {
      guard let member = columns.member(row, &bad) else { continue }
      return MemberFile.Row(row: Int64(row.line), member: member)
    }
    return nil
  }
}

private struct JSONMemberRows: MemberRows {
  private static let lineBytesMaximum = 1 << 20

  private let path: String
  private var source: ByteSource
  private var line = 0

  init(_ path: String) throws {
    self.path = path
    source = try ByteSource(path: path)
    try source.skipMark(of: path)
  }

  mutating func next(_ bad: inout BadRows) throws -> MemberFile.Row? {
    while try source.peek() != nil {
      line += 1
      let offset = source.offset
      let bytes = try nextLine()
      guard bytes.count < Self.lineBytesMaximum else {
        bad.add(line, nil, "the line has \(Self.lineBytesMaximum) bytes or more")
        continue
      }
      let text = try EncodingError.text(bytes, path, "row \(line)", at: offset)
      if text.allSatisfy(\.isWhitespace) { continue }
      do throws(JSONError) {
        let member = try MembershipV1.Member(json: text)
        guard member.deleteTime == nil else {
          bad.add(line, "deleteTime", MemberCSVColumns.deletedFault)
          continue
        }
        return MemberFile.Row(row: Int64(line), member: member)
      } catch { bad.add(line, error.path.isEmpty ? nil : error.path, error.problem) }
    }
    return nil
  }

  /// What is beyond the limit is passed over.
  private mutating func nextLine() throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let byte = try source.next(), byte != UInt8(ascii: "\n") {
      if bytes.count < Self.lineBytesMaximum { bytes.append(byte) }
    }
    return bytes
  }
}
