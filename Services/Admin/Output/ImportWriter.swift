import Messages
import Protobuf

/// Tells a plan: how many rows of each kind, and those that need a look.
struct ImportWriter {
  /// Rows of a table on a terminal; the other formats have all that were fetched.
  private static let shownMaximum = 40

  let format: OutputFormat?

  /// People are shown the plan before they are asked; programs are told once, how it ended.
  func writeBeforeAsking(
    _ plan: MembershipV1.MemberImport, _ entries: [MembershipV1.ImportEntry]
  ) throws {
    if format ?? .table == .table { try writePlan(plan, entries) }
  }

  /// `created` is nil where the plan was not applied.
  func writeEnd(
    _ plan: MembershipV1.MemberImport, _ entries: [MembershipV1.ImportEntry], created: Int64?
  ) throws {
    switch format ?? .table {
    case .table: if let created { try writeResult(plan, created) }
    case .csv:
      var writer = RecordWriter(.csv, MembershipV1.ImportEntry.columns)
      try writer.write(entries)
      try writer.finish()
    case .jsonl: try Terminal.writeLine(try document(plan, entries).text)
    case .json: try Terminal.writeLine(try document(plan, entries).indentedText)
    }
  }

  private func document(
    _ plan: MembershipV1.MemberImport, _ entries: [MembershipV1.ImportEntry]
  ) throws -> JSONValue {
    .object([
      .init("memberImport", try plan.jsonValue(.cabildo)),
      .init("entries", .array(try entries.map { try $0.jsonValue(.cabildo) })),
    ])
  }

  private func writePlan(
    _ plan: MembershipV1.MemberImport, _ entries: [MembershipV1.ImportEntry]
  ) throws {
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
    guard !entries.isEmpty else { return }
    try Terminal.writeLine("")
    var writer = RecordWriter(.table, MembershipV1.ImportEntry.columns)
    try writer.write(Array(entries.prefix(Self.shownMaximum)))
    let notable =
      summary.updates + summary.conflicts + summary.probableDuplicates + summary.invalids
    let hidden = Int(clamping: notable) - min(entries.count, Self.shownMaximum)
    if hidden > 0 { Terminal.tell("... and \(hidden) more; -o csv shows up to a thousand.") }
  }

  private func writeResult(_ plan: MembershipV1.MemberImport, _ created: Int64) throws {
    let summary = plan.summary ?? .init()
    try Terminal.writeLine(
      "Applied \(ResourceName.short(plan.name)): \(created) created, "
        + "\(summary.updates) updated, \(summary.noOps) unchanged.")
  }
}
