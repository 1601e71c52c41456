import ArgumentParser
import Messages

struct SectionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sections", abstract: "Reads and keeps the sections of the organization.",
    subcommands: [SectionsList.self, SectionsGet.self, SectionsCreate.self])
}

struct SectionsList: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists sections.",
    discussion: """
      Example:
      $ cabildo sections list --lang fr
      """)

  @OptionGroup var pages: PageOptions
  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws { try global.refuseAsOf() }

  func run(_ session: Session) async throws {
    try await session.writePages(pages, MembershipV1.Section.columns) { size, token in
      let answer = try await session.members.listSections(
        .init(pageSize: size, pageToken: token, languageCode: session.languageCode),
        session.options)
      return (answer.sections, answer.nextPageToken)
    }
  }
}

struct SectionsGet: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Shows one section.",
    discussion: """
      Example:
      $ cabildo sections get europe -o json
      """)

  @Argument(help: "Its name, europe or sections/europe.")
  var section: String

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws { try global.refuseAsOf() }

  func run(_ session: Session) async throws {
    let section = try await session.members.getSection(
      .init(
        name: ResourceName.full("sections", section), languageCode: session.languageCode),
      session.options)
    try RecordWriter.writeOne(section, global.output, MembershipV1.Section.columns)
  }
}

struct SectionsCreate: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Enters a section into the register.",
    discussion: """
      Takes a token of a registrar.

      Example:
      $ cabildo sections create --id oceania --kind regional --display-name en=Oceania --dry-run
      """)

  @Option(help: "The last part of its name.")
  var id: String

  @Option(help: "What it is a section of.")
  var kind: EnumWord<MembershipV1.Section.Kind>

  @Option(help: ArgumentHelp("Its name in a language; again for more.", valueName: "lang=text"))
  var displayName: [LanguageText]

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws { try global.refuseAsOf() }

  func run(_ session: Session) async throws {
    let names = Dictionary(displayName.map { ($0.language, $0.text) }) { $1 }
    let created = try await session.members.createSection(
      .init(
        section: .init(kind: kind.value, displayName: .init(values: names)), sectionId: id,
        requestId: session.requestID, validateOnly: global.dryRun,
        languageCode: session.languageCode),
      session.options)
    try session.writeChanged(created, MembershipV1.Section.columns)
  }
}

extension MembershipV1.Section {
  fileprivate static let columns: [Column<Self>] = [
    Column("NAME") { ResourceName.short($0.name) },
    Column("SHOWN NAME") { $0.shownName?.marked ?? "" },
    Column("KIND") { $0.kind.word },
    Column("DISPLAY NAME", isDetail: true) { $0.displayName?.text ?? "" },
    Column("SOURCES", isDetail: true) { ListText.join($0.sources.map(\.text)) },
    Column("CREATE TIME", isDetail: true) { $0.createTime?.text ?? "" },
    Column("ETAG", isDetail: true) { $0.etag },
  ]
}
