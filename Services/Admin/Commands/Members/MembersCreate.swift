import ArgumentParser
import Messages

struct MembersCreate: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Enters a member into the register.",
    discussion: """
      Takes a token of a registrar. With --request-id the same command again enters it once.

      Examples:
      $ cabildo members create --id ainhoa --kind city --country FR \\
          --display-name fr=Ainhoa --display-name eu=Ainhoa --dry-run
      """)

  @Option(help: "The last part of its name; made from the display name without it.")
  var id: String?

  @Option(help: "The first day for which the record holds; ever since without it.")
  var effectiveDate: ValidDate?

  @OptionGroup var fields: MemberFields
  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws {
    try global.refuseAsOf()
    if fields.population == nil, fields.populationDate != nil || fields.populationSource != nil {
      throw ValidationError("--population-date and -source go with --population")
    }
  }

  static func option(for field: String) -> String? {
    field == "member_id" ? "--id" : MemberFields.option(for: field)
  }

  func run(_ session: Session) async throws {
    var member = MembershipV1.Member()
    _ = fields.apply(to: &member)
    let created = try await session.members.createMember(
      .init(
        member: member, memberId: id ?? "", requestId: session.requestID,
        validateOnly: global.dryRun, effectiveDate: effectiveDate?.date,
        languageCode: session.languageCode),
      session.options)
    try session.writeChanged(created, MembershipV1.Member.columns)
  }
}
