import Foundation
import Messages

/// A file of members as comma-separated values: which columns there may be, and what a row says.
struct MemberCSV {
  typealias Member = MembershipV1.Member

  private static let identifying = ["name", "display_name", "identifiers"]
  static let identifierPrefix = "identifiers."
  static let namePrefix = "display_name."

  /// Columns that say nothing without another.
  private static let together = [
    ("population.date", "population.inhabitants"), ("population.source", "population.inhabitants"),
    ("location.latitude", "location.longitude"), ("location.longitude", "location.latitude"),
  ]
  private static let stepOfItsOwn = [("status", "status_date"), ("status_date", "status")]

  private let columns: [String]

  /// Nil, and the reasons among the bad rows, when the header is wrong.
  init?(header row: CSVReader.Row, _ bad: inout BadRows) {
    columns = row.fields.map(Self.column)
    if let fault = row.fault { bad.add(row.line, nil, fault) }
    for (index, column) in columns.enumerated() {
      if columns[..<index].contains(column) {
        bad.add(row.line, column, "the column is there twice")
      } else if !MemberCSVColumns.isKnown(column) {
        bad.add(row.line, column, "no such column")
        bad.advice = "The columns are \(MemberCSVColumns.names.joined(separator: ", "))."
      }
    }
    checkStatusColumns(row.line, &bad)
    let identifies = columns.contains {
      Self.identifying.contains($0) || $0.hasPrefix(Self.namePrefix)
        || $0.hasPrefix(Self.identifierPrefix)
    }
    if !identifies {
      bad.add(row.line, nil, "a column is missing: name, display_name or an identifier")
    }
    guard bad.isEmpty else { return nil }
  }

  /// Capitals do not matter, but in a language: `display_name.zh-Hant`.
  private static func column(_ field: String) -> String {
    let isName = field.lowercased().hasPrefix(namePrefix)
    return isName ? namePrefix + field.dropFirst(namePrefix.count) : field.lowercased()
  }

  private func checkStatusColumns(_ line: Int, _ bad: inout BadRows) {
    let (status, date) = (columns.contains("status"), columns.contains("status_date"))
    if columns.contains("status_steps") {
      if date { bad.add(line, "status_date", "status_steps has the dates: leave this out") }
    } else if status, !date {
      bad.add(
        line, "status", "a status comes with its date: add status_date, or all of status_steps")
    } else if date, !status {
      bad.add(line, "status_date", "a date of a status comes with it: add status")
    }
  }

  /// The member in a row; nil, and the reasons among the bad rows, when there is none.
  func member(_ row: CSVReader.Row, _ bad: inout BadRows) -> Member? {
    let faults = bad.count
    if let fault = row.fault {
      bad.add(row.line, nil, fault)
    } else if row.fields.count != columns.count {
      bad.add(row.line, nil, "\(row.fields.count) fields, and the header has \(columns.count)")
    }
    guard bad.count == faults else { return nil }
    var member = Member()
    for (column, text) in zip(columns, row.fields) where !text.isEmpty {
      do throws(FieldFault) {
        try MemberCSVColumns.set(column, text, in: &member)
      } catch { bad.add(row.line, column, error.reason) }
    }
    guard bad.count == faults else { return nil }
    let isStep = !columns.contains("status_steps")
    for (column, needed) in Self.together + (isStep ? Self.stepOfItsOwn : [])
    where !text(column, row).isEmpty && text(needed, row).isEmpty {
      bad.add(row.line, needed, "empty, though \(column) is filled")
    }
    if isStep {
      addStep(row, to: &member, &bad)
    } else {
      checkStatus(row, member, &bad)
    }
    return bad.count == faults ? member : nil
  }

  /// Empty where there is no such column.
  private func text(_ column: String, _ row: CSVReader.Row) -> String {
    columns.firstIndex(of: column).map { row.fields[$0] } ?? ""
  }

  /// A status and its date are a step.
  private func addStep(_ row: CSVReader.Row, to member: inout Member, _ bad: inout BadRows) {
    let (word, date) = (text("status", row), text("status_date", row))
    guard !word.isEmpty, !date.isEmpty else { return }
    guard let status = Member.Status(word: word) else {
      return bad.add(row.line, "status", FieldFault.noWord(word, of: Member.Status.self).reason)
    }
    guard let date = TypeV1.PartialDate(text: date) else {
      return bad.add(row.line, "status_date", FieldFault.noDate(date).reason)
    }
    member.statusSteps = [.init(status: status, date: date)]
  }

  /// A list shows the status that the steps give. Whoever changed it, and not the steps, would
  /// be left in the belief that it was imported.
  private func checkStatus(_ row: CSVReader.Row, _ member: Member, _ bad: inout BadRows) {
    let word = text("status", row)
    guard !word.isEmpty else { return }
    let period = text("valid_period", row)
    let today = Date.now.formatted(.iso8601.year().month().day())
    let day = period.isEmpty ? today : String(period.prefix { $0 != "." })
    let status = member.statusSteps.status(on: day)
    guard Member.Status(word: word) != status else { return }
    bad.add(
      row.line, "status",
      "status_steps say \(status?.word ?? "nothing"), not \(word): change the steps")
  }

  /// The column in which a field of the contract stands, `status_steps[1].date`.
  func column(of field: String) -> String {
    let path = field.replacing(#/\[\d+\]/#, with: "")
    if path.hasPrefix("display_name.values.") {
      let column = Self.namePrefix + path.dropFirst("display_name.values.".count)
      return columns.contains(column) ? column : "display_name"
    }
    if path == "display_name.original_language" { return "original_language" }
    if path.hasPrefix("status_steps"), !columns.contains("status_steps") {
      return path.hasSuffix(".date") ? "status_date" : "status"
    }
    if path.hasPrefix("identifiers"), !columns.contains("identifiers") {
      let own = columns.filter { $0.hasPrefix(Self.identifierPrefix) }
      return own.count == 1 ? own[0] : "identifiers"
    }
    return columns.first { path == $0 || path.hasPrefix($0 + ".") } ?? path
  }
}
