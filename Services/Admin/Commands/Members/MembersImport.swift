import ArgumentParser
import Messages
import Protobuf
import RPC
import WellKnown

struct MembersImport: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Imports members from a file, by way of a plan.",
    discussion: """
      The file is CSV with a header (RFC 4180, UTF-8) or JSON lines. It is read through first: \
      when a row is wrong, all that is wrong is told and nothing is sent. The server then works \
      out a plan; it is shown, with what each field says and will say, and applied as it is when \
      you say yes. If the register has changed since, nothing is applied. A plan is kept for a \
      day; one that was applied already is not applied again, which is told and ends with 0.

      CSV columns are those that "members list -o csv" writes, and display_name.en, \
      display_name.es and so on, and identifiers.wikidata, .geonames, .iso_3166_2, .un_locode. A \
      member is found by its name, or else by an identifier; an empty field changes nothing. A \
      new population.inhabitants has the date and source of its row, or none.

      status_steps are steps with ; between them: "2010 active; 2019-06-30 suspended | en=Dues | \
      CB-7" is a date, a status, a reason in languages and a document; \\; is no end of a step. \
      Steps of other dates stay. In their place status and status_date may say one step; status \
      beside status_steps is not imported, and has to be what they say. etag refuses a change of \
      a member that was changed since. What only the server makes changes nothing: shown_name, \
      valid_period, create_time, update_time, uid. Any other column is refused.

      Ends with 4 when a row is wrong, and with 8 when rows contradict the register or were left \
      out.

      Examples:
      $ cabildo members import members.csv --plan-only
      $ cabildo members import members.csv --yes -o json
      """)

  @Argument(help: "A file of members, .csv or .jsonl.", completion: .file())
  var file: String?

  @Option(help: "csv or jsonl, where the file's name does not say so.")
  var format: MemberFile.Format?

  @Flag(help: "Show the plan and stop. --dry-run is the same.")
  var planOnly = false

  @Option(help: ArgumentHelp("Apply a plan that was made before.", valueName: "plan"))
  var apply: String?

  @Flag(help: "Create the rows that look like a member that is there; else they are left out.")
  var createProbableDuplicates = false

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  private typealias Plan = MembershipV1.MemberImport

  func validate() throws {
    try global.refuseAsOf()
    if (file == nil) == (apply == nil) {
      throw ValidationError("give a file to import, or with --apply a plan that was made before")
    }
  }

  func run(_ session: Session) async throws {
    let importer = MemberImporter(session)
    let (plan, entries) = try await ImportOutcome.nothingApplied {
      try await planned(importer, session)
    }
    let writer = ImportWriter(format: global.output)
    try writer.writeBeforeAsking(plan, entries)
    guard plan.state != .applied else {
      try writer.writeEnd(plan, entries, created: nil)
      let time = plan.applyTime?.text ?? ""
      return Terminal.tell("The plan was applied already, at \(time). Nothing was changed now.")
    }
    let summary = plan.summary ?? .init()
    guard isToBeApplied(plan, summary) else {
      try writer.writeEnd(plan, entries, created: nil)
      return try leave(plan, summary, entries)
    }
    let question = "Create \(creates(summary)) and update \(summary.updates) members"
    try global.confirm("\(question) at \(session.server)?", "applying \(plan.name)")
    let applied = try await ImportOutcome.ofApplying(plan.name) {
      try await importer.apply(plan, creatingDuplicates: createProbableDuplicates)
    }
    try writer.writeEnd(applied, entries, created: creates(summary))
    try leaveOut(summary, "are left out")
  }

  /// Of a file, or one that was made before; with what is to be told of it.
  private func planned(_ importer: MemberImporter, _ session: Session) async throws
    -> (Plan, [MembershipV1.ImportEntry])
  {
    guard let file else {
      let plan = try await session.members.getMemberImport(
        .init(name: ResourceName.full("memberImports", apply ?? "")), session.options)
      return (plan, try await importer.notableEntries(of: plan))
    }
    let members = try MemberFile(file, format)
    let plan = try await importer.plan(members, try members.check())
    let entries = try await importer.notableEntries(of: plan)
    guard let columns = try members.columns() else { return (plan, entries) }
    return (plan, entries.map { $0.telling(of: columns) })
  }

  private func isToBeApplied(_ plan: Plan, _ summary: MembershipV1.ImportSummary) -> Bool {
    summary.conflicts == 0 && summary.invalids == 0 && !planOnly && !global.dryRun
      && creates(summary) + summary.updates > 0
  }

  /// Rows that become members: of those that look like one the plan does not know it.
  private func creates(_ summary: MembershipV1.ImportSummary) -> Int64 {
    summary.creates + (createProbableDuplicates ? summary.probableDuplicates : 0)
  }

  /// Says why a plan is not applied.
  private func leave(
    _ plan: Plan, _ summary: MembershipV1.ImportSummary, _ entries: [MembershipV1.ImportEntry]
  ) throws {
    guard summary.invalids == 0 else {
      let bad = BadRows(file: file ?? plan.name, Int(clamping: summary.invalids), refused: entries)
      throw Stopped(error: bad, outcome: ImportOutcome.nothing)
    }
    guard summary.conflicts == 0 else {
      throw Stopped(
        error: ConflictingRows(count: summary.conflicts), outcome: ImportOutcome.nothing)
    }
    guard creates(summary) + summary.updates > 0 else {
      Terminal.tell("\(ImportOutcome.nothing) There is nothing to do.")
      return try leaveOut(summary, "are left out")
    }
    Terminal.tell(
      "\(ImportOutcome.nothing) The plan is kept until \(plan.expireTime?.text ?? ""): "
        + "cabildo members import --apply \(ResourceName.short(plan.name))")
    try leaveOut(summary, "would be left out")
  }

  /// Rows that are left out are no success.
  private func leaveOut(_ summary: MembershipV1.ImportSummary, _ verb: String) throws {
    guard summary.probableDuplicates > 0, !createProbableDuplicates else { return }
    Terminal.tell(
      "\(summary.probableDuplicates) rows look like members that are there, and \(verb); "
        + "--create-probable-duplicates creates them.")
    throw Ending(status: .partial)
  }
}

extension MembershipV1.ImportEntry {
  /// With its problems where a person finds them.
  fileprivate func telling(of columns: MemberCSV) -> Self {
    var entry = self
    entry.problems = problems.map {
      Problem(field: columns.column(of: $0.field), description: $0.description)
    }
    return entry
  }
}

extension MemberFile.Format: ExpressibleByArgument {}
