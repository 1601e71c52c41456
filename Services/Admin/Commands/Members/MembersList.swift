import ArgumentParser
import Messages

struct MembersList: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists members.",
    discussion: """
      Examples:
      $ cabildo members list --limit 10
      $ cabildo members list --section europe -o json
      $ cabildo members list --country ES --lang es --order-by 'population desc'
      $ cabildo members list --as-of 2019-06-30 -o csv
      """)

  @Option(help: "Of this section.")
  var section: String?

  @Option(help: "Of this country (ISO 3166-1 alpha-2).")
  var country: String?

  @Option(help: "Of this kind.")
  var kind: EnumWord<MembershipV1.Member.Kind>?

  @Option(help: "Of this status.")
  var status: EnumWord<MembershipV1.Member.Status>?

  @Option(help: "display_name, population, 'population desc' or 'update_time desc'.")
  var orderBy: String?

  @Flag(help: "With those that were deleted.")
  var deleted = false

  @OptionGroup var pages: PageOptions
  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  private var filter: String {
    Filter.text([
      ("section", section.map { ResourceName.full("sections", $0) }),
      ("country_code", country?.uppercased()), ("kind", kind?.value.name),
      ("status", status?.value.name),
    ])
  }

  func run(_ session: Session) async throws {
    try await session.writePages(pages, MembershipV1.Member.columns) { size, token in
      let answer = try await session.members.listMembers(
        .init(
          pageSize: size, pageToken: token, filter: filter, orderBy: orderBy ?? "",
          showDeleted: deleted, asOf: global.point, languageCode: session.languageCode),
        session.options)
      return (answer.members, answer.nextPageToken)
    }
  }
}
