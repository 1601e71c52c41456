import ArgumentParser
import Messages

struct MembersUndelete: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "undelete", abstract: "Puts a deleted member back on the register.",
    discussion: """
      Takes a token of a registrar. Those that are deleted: cabildo members list --deleted

      Examples:
      $ cabildo members delete lampedusa --yes
      $ cabildo members undelete lampedusa
      """)

  @Argument(help: "Its name, bilbao or members/bilbao.")
  var member: String

  @Option(help: "Undelete this version only.")
  var etag: String?

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws { try global.refuseAsOf() }

  func run(_ session: Session) async throws {
    let undeleted = try await session.members.undeleteMember(
      .init(
        name: ResourceName.full("members", member), etag: etag ?? "",
        requestId: session.requestID, validateOnly: global.dryRun,
        languageCode: session.languageCode),
      session.options)
    try session.writeChanged(undeleted, MembershipV1.Member.columns)
  }
}
