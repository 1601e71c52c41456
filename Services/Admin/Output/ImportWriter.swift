import Messages
import Protobuf
import WellKnown

/// Tells a plan: how many rows of each kind, and those that need a look.
struct ImportWriter {
  typealias Plan = MembershipV1.MemberImport
  typealias Entry = MembershipV1.ImportEntry

  /// Entries that people are shown; the other formats have all that were fetched.
  private static let shownMaximum = 40

  let format: OutputFormat?

  /// People are shown the plan before they are asked; programs are told once, how it ended.
  func writeBeforeAsking(_ plan: Plan, _ entries: [Entry]) throws {
    if format ?? .table == .table { try writePlan(plan, entries) }
  }

  /// `created` is nil where the plan was not applied.
  func writeEnd(_ plan: Plan, _ entries: [Entry], created: Int64?) throws {
    switch format ?? .table {
    case .table: if let created { try writeResult(plan, created) }
    case .csv:
      var writer = RecordWriter(.csv, Entry.columns)
      try writer.write(entries)
      try writer.finish()
      tellHidden(plan, shown: entries.count, "")
    case .jsonl: try Terminal.writeLine(try document(plan, entries).text)
    case .json: try Terminal.writeLine(try document(plan, entries).indentedText)
    }
  }

  private func document(_ plan: Plan, _ entries: [Entry]) throws -> JSONValue {
    .object([
      .init("memberImport", try plan.jsonValue(.cabildo)),
      .init("entries", .array(try entries.map { try $0.jsonValue(.cabildo) })),
      .init("entriesNotShown", .number("\(plan.notableRows - Int64(entries.count))")),
    ])
  }

  private func writePlan(_ plan: Plan, _ entries: [Entry]) throws {
    let summary = plan.summary ?? .init()
    let counts = [
      summary.rows, summary.creates, summary.updates, summary.noOps, summary.conflicts,
      summary.probableDuplicates, summary.invalids,
    ]
    try PlainRows(
      titles: [
        "PLAN", "ROWS", "CREATE", "UPDATE", "NO-OP", "CONFLICT", "PROBABLE DUPLICATE", "INVALID",
      ],
      rows: [[ResourceName.short(plan.name)] + counts.map { "\($0)" }]
    ).write(.table)
    // What is wrong with invalid rows is told as the failure that it is.
    let told = entries.filter { $0.action != .invalid }.prefix(Self.shownMaximum)
    for entry in told {
      let lines = [entry.title] + entry.details.map { "  " + $0 }
      try Terminal.writeLine("\n" + lines.map(DisplayWidth.harmless).joined(separator: "\n"))
    }
    tellHidden(
      plan, shown: told.count + Int(clamping: summary.invalids),
      "; -o json shows up to \(MemberImporter.entriesMaximum)")
  }

  private func tellHidden(_ plan: Plan, shown: Int, _ way: String) {
    let hidden = plan.notableRows - Int64(shown)
    if hidden > 0 { Terminal.tell("... and \(hidden) rows more\(way).") }
  }

  private func writeResult(_ plan: Plan, _ created: Int64) throws {
    let summary = plan.summary ?? .init()
    try Terminal.writeLine(
      "\nApplied \(ResourceName.short(plan.name)): \(created) created, "
        + "\(summary.updates) updated, \(summary.noOps) unchanged.")
  }
}

extension MembershipV1.MemberImport {
  /// Rows that are more than a creation or nothing.
  fileprivate var notableRows: Int64 {
    guard let summary else { return 0 }
    return summary.updates + summary.conflicts + summary.probableDuplicates + summary.invalids
  }
}

extension MembershipV1.ImportEntry {
  /// `row 7 update bilbao`.
  fileprivate var title: String {
    let makes = newMember.isEmpty ? "" : ", would be \(ResourceName.short(newMember))"
    let words = ["row \(row)", action.word, ResourceName.short(member)]
    return words.filter { !$0.isEmpty }.joined(separator: " ") + makes
  }

  fileprivate var details: [String] { changes + problems.map(\.text) }

  /// `population: 347342 (GeoNames) -> 350000 (2024, INE)`.
  var changes: [String] {
    changedFields.map { field in
      let (old, new) = (before?.text(of: field) ?? "", after?.text(of: field) ?? "")
      return "\(field): \(old.isEmpty ? "(none)" : old) -> \(new.isEmpty ? "(none)" : new)"
    }
  }
}

extension MembershipV1.ImportEntry.Problem {
  var text: String { field.isEmpty ? description : "\(field): \(description)" }
}

extension MembershipV1.Member {
  /// What it says in a field of the contract, in one line.
  fileprivate func text(of field: String) -> String {
    let namePrefix = "display_name.values."
    if field.hasPrefix(namePrefix) {
      return displayName?.values[String(field.dropFirst(namePrefix.count))] ?? ""
    }
    switch field {
    case "display_name.original_language": return displayName?.originalLanguage ?? ""
    case "population": return population?.text ?? ""
    case "location": return location.map { "\($0.latitude),\($0.longitude)" } ?? ""
    default: return Self.columns.first { $0.key == field }?.value(self) ?? ""
    }
  }
}

extension MembershipV1.Member.Population {
  /// `350000 (2024, INE)`.
  fileprivate var text: String {
    let origin = [date?.text ?? "", source].filter { !$0.isEmpty }.joined(separator: ", ")
    return "\(inhabitants)" + (origin.isEmpty ? "" : " (\(origin))")
  }
}
