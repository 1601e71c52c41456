import Protobuf

/// A short list that is no message of a server.
struct PlainRows {
  let titles: [String]
  let rows: [[String]]

  func write(_ format: OutputFormat?) throws {
    let keys = titles.map { $0.lowercased().replacing(" ", with: "_") }
    let objects = rows.map { row in
      JSONValue.object(zip(keys, row).map { JSONValue.Member($0, .string($1)) })
    }
    switch format ?? .table {
    case .table:
      var table = Table(
        titles: titles, isNumber: titles.map { _ in false },
        columns: Terminal.outputIsTerminal ? Terminal.columns : nil)
      for line in table.lines(rows) { try Terminal.writeLine(line) }
    case .csv: for row in [keys] + rows { try Terminal.write(CSV.line(row)) }
    case .json: try Terminal.writeLine(JSONValue.array(objects).indentedText)
    case .jsonl: for object in objects { try Terminal.writeLine(object.text) }
    }
  }
}
