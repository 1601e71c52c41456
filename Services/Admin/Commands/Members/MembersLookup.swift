import ArgumentParser
import Messages

struct MembersLookup: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "lookup", abstract: "Finds the member that bears an open identifier.",
    discussion: """
      Schemes are wikidata, geonames, iso-3166-2 and un-locode.

      Examples:
      $ cabildo members lookup wikidata=Q8692
      $ cabildo members lookup un-locode=ESBIO -o json
      """)

  @Argument(help: ArgumentHelp("The identifier, wikidata=Q8692.", valueName: "scheme=value"))
  var identifier: IdentifierArgument

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func run(_ session: Session) async throws {
    let member = try await session.members.lookupMember(
      .init(
        identifier: identifier.value, asOf: global.point, languageCode: session.languageCode),
      session.options)
    try RecordWriter.writeOne(member, global.output, MembershipV1.Member.columns)
  }
}
