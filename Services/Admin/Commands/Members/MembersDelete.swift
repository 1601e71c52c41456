import ArgumentParser
import Messages

struct MembersDelete: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Takes a member off the register.",
    discussion: """
      It can be undeleted, and its history stays. Asks first; without a terminal, --yes is needed.

      Examples:
      $ cabildo members delete bilbao --dry-run
      """)

  @Argument(help: "Its name, bilbao or members/bilbao.")
  var member: String

  @Option(help: "Delete this version only.")
  var etag: String?

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws { try global.refuseAsOf() }

  func run(_ session: Session) async throws {
    let name = ResourceName.full("members", member)
    try global.confirm("Take \(name) off the register at \(session.server)?", "deleting \(name)")
    let deleted = try await session.members.deleteMember(
      .init(
        name: name, etag: etag ?? "", requestId: session.requestID, validateOnly: global.dryRun,
        languageCode: session.languageCode),
      session.options)
    try session.writeChanged(deleted, MembershipV1.Member.columns)
  }
}
