import ArgumentParser
import Messages

struct MembersHistory: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Shows what was ever recorded of a member.",
    discussion: """
      The latest first. Each line is what the register said for a period, and when it learned it.

      Examples:
      $ cabildo members history bilbao
      $ cabildo members history bilbao --limit 1 -o json
      """)

  @Argument(help: "Its name, bilbao or members/bilbao.")
  var member: String

  @OptionGroup var pages: PageOptions
  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws { try global.refuseAsOf() }

  func run(_ session: Session) async throws {
    try await session.writePages(pages, MembershipV1.MemberRevision.columns) { size, token in
      let answer = try await session.members.listMemberRevisions(
        .init(
          parent: ResourceName.full("members", member), pageSize: size, pageToken: token,
          languageCode: session.languageCode),
        session.options)
      return (answer.revisions, answer.nextPageToken)
    }
  }
}
