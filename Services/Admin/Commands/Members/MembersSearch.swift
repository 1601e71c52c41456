import ArgumentParser
import Messages

struct MembersSearch: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Finds members by the words of their names.",
    discussion: """
      Beginnings of words are enough, in any language; accents and capitals do not matter.

      Examples:
      $ cabildo members search bilbao --lang es
      $ cabildo members search "ville de bil" --lang fr -o jsonl
      """)

  @Argument(help: "Words or beginnings of words; all must be there.")
  var query: [String]

  @OptionGroup var pages: PageOptions
  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func run(_ session: Session) async throws {
    try await session.writePages(pages, MembershipV1.Member.columns) { size, token in
      let answer = try await session.members.searchMembers(
        .init(
          query: query.joined(separator: " "), pageSize: size, pageToken: token,
          asOf: global.point, languageCode: session.languageCode),
        session.options)
      return (answer.members, answer.nextPageToken)
    }
  }
}
