import Protobuf

/// Writes records as they come, in the format that was asked for.
struct RecordWriter<Record: Message> {
  private let format: OutputFormat
  private let columns: [Column<Record>]
  private var table: Table
  private var count = 0
  private var hasHeader = false

  init(_ format: OutputFormat?, _ columns: [Column<Record>]) {
    self.format = format ?? .table
    let shown = columns.filter { !$0.isDetail }
    self.columns = self.format == .table ? shown : columns
    table = Table(
      titles: shown.map(\.title), isNumber: shown.map(\.isNumber),
      columns: Terminal.outputIsTerminal ? Terminal.columns : nil)
  }

  mutating func write(_ records: [Record]) throws {
    var text = ""
    switch format {
    case .table:
      let rows = records.map { record in columns.map { $0.value(record) } }
      if count == 0 || !rows.isEmpty { text = table.lines(rows).map { $0 + "\n" }.joined() }
    case .csv:
      if !hasHeader { text = CSV.line(columns.map(\.key)) }
      hasHeader = true
      for record in records { text += CSV.line(columns.map { $0.value(record) }) }
    case .jsonl:
      for record in records { text += try record.jsonLine + "\n" }
    case .json:
      for (index, record) in records.enumerated() {
        text += count + index == 0 ? "[\n" : ",\n"
        text += try record.jsonValue(.cabildo).indentedText
      }
    }
    count += records.count
    if !text.isEmpty { try Terminal.write(text) }
  }

  /// The end of the list, which may be empty.
  mutating func finish() throws {
    if count == 0, format == .table || format == .csv { try write([]) }
    if format == .json { try Terminal.write(count == 0 ? "[]\n" : "\n]\n") }
  }

  /// One record: in a table each of its columns is a line.
  static func writeOne(_ record: Record, _ format: OutputFormat?, _ columns: [Column<Record>])
    throws
  {
    switch format ?? .table {
    case .table:
      let width = columns.map { DisplayWidth.of($0.title) }.max() ?? 0
      let lines = columns.compactMap { column -> String? in
        let value = DisplayWidth.harmless(column.value(record))
        guard !value.isEmpty else { return nil }
        return Terminal.bold(DisplayWidth.pad(column.title + ":", to: width + 1)) + " " + value
      }
      try Terminal.writeLine(lines.joined(separator: "\n"))
    case .json: try Terminal.writeLine(try record.jsonValue(.cabildo).indentedText)
    case .jsonl: try Terminal.writeLine(try record.jsonLine)
    case .csv:
      var writer = RecordWriter(.csv, columns)
      try writer.write([record])
    }
  }
}

extension Message {
  fileprivate var jsonLine: String { get throws { try jsonValue(.cabildo).text } }
}
