import ArgumentParser
import Messages

struct MembersGet: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Shows one member.",
    discussion: """
      Examples:
      $ cabildo members get bilbao
      $ cabildo members get bilbao --as-of 2019-06-30 --lang fr -o json
      """)

  @Argument(help: "Its name, bilbao or members/bilbao.")
  var member: String

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func run(_ session: Session) async throws {
    let member = try await session.members.getMember(
      .init(
        name: ResourceName.full("members", member), asOf: global.point,
        languageCode: session.languageCode),
      session.options)
    try RecordWriter.writeOne(member, global.output, MembershipV1.Member.columns)
  }
}
