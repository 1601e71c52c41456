import ArgumentParser
import Messages
import WellKnown

struct MembersUpdate: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Changes a member.",
    discussion: """
      What is not given stays as it is; but a new --population has the --population-date and \
      --population-source that are given with it, and otherwise none. --status, --identifier and \
      --source add to what is there: the member is read first, and the change refused if somebody \
      else changes it in between. Without these, with --request-id the same command again changes \
      it once.

      Without --effective-date it is a correction: it holds for all the time that the record \
      covers. Takes a token of a registrar.

      Examples:
      $ cabildo members update bilbao --population 350000 --population-date 2024 \\
          --population-source "an example" --dry-run
      $ cabildo members update bilbao --status suspended --status-date 2026-01-01 \\
          --status-reason en="Dues are not paid" --dry-run
      """)

  @Argument(help: "Its name, bilbao or members/bilbao.")
  var member: String

  @Option(help: "Change this version only.")
  var etag: String?

  @Option(help: "The first day for which the change holds.")
  var effectiveDate: ValidDate?

  @Option(help: "The first day for which it does no longer.")
  var effectiveUntil: ValidDate?

  @OptionGroup var fields: MemberFields
  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws {
    try global.refuseAsOf()
    if global.requestId != nil, fields.addToLists {
      throw ValidationError(
        "--request-id does not go with --status, --identifier or --source: these add to what is "
          + "there, so that the same command again would be another change")
    }
  }

  static func option(for field: String) -> String? {
    MemberFields.option(for: field)
  }

  func run(_ session: Session) async throws {
    var changed = MembershipV1.Member(name: ResourceName.full("members", member))
    if fields.addToLists {
      changed = try await session.members.getMember(.init(name: changed.name), session.options)
    }
    let touched = fields.apply(to: &changed)
    guard !touched.isEmpty else {
      throw UsageError("nothing is to be changed", advice: "cabildo members update --help")
    }
    if let etag { changed.etag = etag }
    let updated = try await session.members.updateMember(
      .init(
        member: changed, updateMask: GoogleProtobuf.FieldMask(paths: touched),
        requestId: session.requestID, validateOnly: global.dryRun,
        effectiveDate: effectiveDate?.date, effectiveUntil: effectiveUntil?.date,
        languageCode: session.languageCode),
      session.options)
    try session.writeChanged(updated, MembershipV1.Member.columns)
  }
}
