import ArgumentParser
import Messages
import Protobuf
import RPC

struct MembersImport: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Imports members from a file, by way of a plan.",
    discussion: """
      The file is CSV with a header (RFC 4180, UTF-8) or JSON lines. It is read through first: \
      when a row is wrong, all that is wrong is told and nothing is sent. The server then works \
      out a plan; it is shown, and applied as it is when you say yes. If the register has changed \
      since, nothing is applied. A plan is kept for a day.

      CSV columns are those that "members list -o csv" writes, and display_name.en, \
      display_name.es and so on, and identifiers.wikidata, .geonames, .iso_3166_2, .un_locode. A \
      member is found by its name, or else by an identifier; an empty field changes nothing.

      Ends with 8 when rows stand in the way of the plan, or were left out.

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
    let plan: Plan
    if let file {
      let file = try MemberFile(file, format)
      plan = try await importer.plan(file, try file.check())
    } else {
      plan = try await session.members.getMemberImport(
        .init(name: ResourceName.full("memberImports", apply ?? "")), session.options)
    }
    let entries = try await importer.notableEntries(of: plan)
    let writer = ImportWriter(format: global.output)
    try writer.writeBeforeAsking(plan, entries)
    guard let change = change(plan) else {
      try writer.writeEnd(plan, entries, created: nil)
      return try leaveOut(plan.summary ?? .init())
    }
    try global.confirm("\(change) at \(session.server)?", "applying \(plan.name)")
    let applied = try await importer.apply(plan, creatingDuplicates: createProbableDuplicates)
    try writer.writeEnd(applied, entries, created: creates(applied.summary ?? .init()))
    try leaveOut(plan.summary ?? .init())
  }

  /// What applying the plan would do, in words; nil where it is not to be applied.
  private func change(_ plan: Plan) -> String? {
    let summary = plan.summary ?? .init()
    let creates = creates(summary)
    guard summary.conflicts == 0, summary.invalids == 0, !planOnly, !global.dryRun,
      plan.state != .applied, creates + summary.updates > 0
    else { return nil }
    return "Create \(creates) and update \(summary.updates) members"
  }

  /// Rows that become members: of those that look like one the plan does not know it.
  private func creates(_ summary: MembershipV1.ImportSummary) -> Int64 {
    summary.creates + (createProbableDuplicates ? summary.probableDuplicates : 0)
  }

  /// Rows that stand in the way of the plan, or are left out, are no success.
  private func leaveOut(_ summary: MembershipV1.ImportSummary) throws {
    if summary.conflicts + summary.invalids > 0 { throw Ending(status: .partial) }
    guard summary.probableDuplicates > 0, !createProbableDuplicates else { return }
    Terminal.tell(
      "\(summary.probableDuplicates) rows look like members that are there, and are left out; "
        + "--create-probable-duplicates creates them.")
    throw Ending(status: .partial)
  }
}

extension MemberFile.Format: ExpressibleByArgument {}
