import MembershipDomain
import Testing
import Vocabulary

/// What becomes of one row, by what there is around it.
@Suite struct ImportDecisionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let row: ImportRow
    /// Rows that came before.
    let earlier: [ImportRow]
    /// `ACTION member`, then what changes or the fields that are at fault.
    let expected: String

    init(
      _ name: String, _ row: ImportRow, after earlier: [ImportRow] = [], _ expected: String
    ) {
      testDescription = name
      self.row = row
      self.earlier = earlier
      self.expected = expected
    }
  }

  static let bilbao = registered("bilbao", city("Bilbao", [.geonames: "3128026"], at: 43.26, -2.93))
  static let durango = registered(
    "durango", city("Durango", [.wikidata: "Q2025", .geonames: "7"], at: 43.17, -2.63))
  static let gone = registered("gone", city("Gone", [.geonames: "9"]), isDeleted: true)

  /// The register that the cases meet.
  static let context: ImportContext = {
    var context = ImportContext(sections: ["sections/europe"])
    for member in [bilbao, durango, gone] {
      context.members[member.id] = member
      context.taken.insert(member.id)
      for identifier in member.identifiers { context.bearers[identifier] = member.id }
      guard !member.isDeleted, let said = member.timeline.segments.first?.content.member else {
        continue
      }
      for name in said.foldedNames {
        context.namesakes[.name(name, country: said.countryCode), default: []].append(
          Namesake(member.id, location: said.location, identifiers: said.identifiers))
      }
    }
    return context
  }()

  static func city(
    _ name: String, _ identifiers: [Identifier.Scheme: String] = [:], at latitude: Double? = nil,
    _ longitude: Double = 0, country: String = "ES"
  ) -> Member {
    Member(
      kind: .city, displayName: LocalizedText(name.isEmpty ? [:] : ["es": name]),
      countryCode: country,
      location: latitude.map { Coordinates(latitude: $0, longitude: longitude) },
      identifiers: identifiers.sorted { $0.key.rawValue < $1.key.rawValue }
        .map { Identifier($0, $1) })
  }

  static func registered(_ id: String, _ member: Member, isDeleted: Bool = false)
    -> RegisteredMember
  {
    RegisteredMember(
      id: ResourceID(id)!, uid: id, version: .init(recordedAt: 1), isDeleted: isDeleted,
      timeline: Timeline(member).states)
  }

  static func row(
    _ member: Member, id: String? = nil, number: Int64 = 5, etag: String = "",
    noted: [Violation] = []
  ) -> ImportRow {
    ImportRow(number, id: id.flatMap { ResourceID($0) }, etag: etag, member, noted: noted)
  }

  static let found: [Case] = [
    Case("named, nothing new", row(city("Bilbao"), id: "bilbao"), "noOp bilbao"),
    Case(
      "found by an identifier, nothing new", row(city("Bilbao", [.geonames: "3128026"])),
      "noOp bilbao"),
    Case(
      "an identifier alone is a row of a member that is there",
      row(Member(identifiers: [Identifier(.geonames, "3128026")])), "noOp bilbao"),
    Case(
      "a new language leaves the others",
      row(Member(displayName: LocalizedText(["eu": "Bilbo"])), id: "bilbao"),
      "update bilbao display_name.values.eu"),
    Case(
      "a new identifier leaves the others",
      row(
        Member(identifiers: [Identifier(.wikidata, "Q8692"), Identifier(.geonames, "3128026")])),
      "update bilbao identifiers"),
    Case(
      "several fields, in the order of the contract",
      row(
        Member(
          section: "sections/europe", population: .init(inhabitants: 1), languages: ["es"]),
        id: "bilbao"), "update bilbao section population languages"),
    Case(
      "the version that it wants", row(city("Bilbao"), id: "bilbao", etag: "1"), "noOp bilbao"),
    Case(
      "a change of another version",
      row(Member(languages: ["es"]), id: "bilbao", etag: "2"), "conflict bilbao etag"),
    Case(
      "of another version, nothing new", row(city("Bilbao"), id: "bilbao", etag: "2"),
      "noOp bilbao"),
    Case(
      "two identifiers of two members",
      row(city("Bilbao", [.geonames: "3128026", .wikidata: "Q2025"])),
      "conflict durango identifiers[1].value"),
    Case(
      "a name, and an identifier of another", row(city("X", [.geonames: "7"]), id: "bilbao"),
      "conflict bilbao identifiers[0].value"),
    Case(
      "a name that is none, and an identifier", row(city("X", [.geonames: "7"]), id: "bilbo"),
      "conflict durango identifiers[0].value"),
    Case("deleted, by name", row(city("Gone"), id: "gone"), "conflict gone name"),
    Case("deleted, by identifier", row(city("Gone", [.geonames: "9"])), "conflict gone name"),
    Case(
      "a change that breaks a rule",
      row(Member(countryCode: "QQ", population: .init(inhabitants: -1)), id: "bilbao"),
      "invalid bilbao country_code population.inhabitants"),
    Case(
      "two identifiers of a scheme are told by their places in the row",
      row(
        Member(identifiers: [Identifier(.geonames, "3128026"), Identifier(.geonames, "4")]),
        id: "bilbao"), "invalid bilbao identifiers[1].scheme"),
  ]

  static let strangers: [Case] = [
    Case("new", row(city("Gernika", [.geonames: "1"])), "create -"),
    Case(
      "new, with a name of its own", row(city("Gernika"), id: "gernika-lumo"), "create gernika-lumo"
    ),
    Case("one name in two countries", row(city("Durango", country: "MX")), "create -"),
    Case(
      "one name without a place", row(city("DURANGO")), "probableDuplicate durango display_name"),
    Case(
      "near", row(city("Durángo", at: 43.0, -2.6)), "probableDuplicate durango display_name"),
    Case("25.1 km away", row(city("Durango", at: 43.17, -2.94)), "create -"),
    Case(
      "24.9 km away", row(city("Durango", at: 43.17, -2.938)),
      "probableDuplicate durango display_name"),
    Case(
      "an open register tells them apart", row(city("Durango", [.geonames: "8"], at: 43.17, -2.63)),
      "create -"),
    Case(
      "an identifier of another scheme tells nothing",
      row(city("Durango", [.unlocode: "ESDRG"], at: 43.17, -2.63)),
      "probableDuplicate durango display_name"),
    Case("no member at all", row(Member()), "invalid - kind display_name"),
    Case(
      "everything that is wrong",
      row(
        Member(
          kind: .city, displayName: LocalizedText(["es": "a\u{0}"]), countryCode: "QQ",
          section: "sections/none", population: .init(inhabitants: -5))),
      "invalid - display_name.values.es country_code section population.inhabitants"),
    Case(
      "what its message said and no member can",
      row(city("Gernika"), noted: [Violation("kind", .enumInvalid, "99")]), "invalid - kind"),
  ]

  static let rows: [Case] = [
    Case(
      "a member twice", row(city("Bilbao"), id: "bilbao"),
      after: [row(city("Bilbao", [.geonames: "3128026"]), number: 2)], "conflict bilbao name"),
    Case(
      "a new name twice", row(city("Gernika"), id: "gernika"),
      after: [row(city("Lumo"), id: "gernika", number: 2)], "conflict - name"),
    Case(
      "an identifier twice", row(city("Gernika", [.geonames: "1"])),
      after: [row(city("Lumo", [.geonames: "1"]), number: 2)], "conflict - identifiers[0].value"),
    Case(
      "an identifier that a row gives to another",
      row(city("Gernika", [.wikidata: "Q1"])),
      after: [row(city("", [.wikidata: "Q1"]), id: "bilbao", number: 2)],
      "conflict - identifiers[0].value"),
    Case(
      "like a row before it", row(city("gérnika")), after: [row(city("Gernika"), number: 2)],
      "probableDuplicate new-2 display_name"),
    Case(
      "an invalid row takes nothing", row(city("Gernika", [.geonames: "1"])),
      after: [row(city("Gernika", [.geonames: "1"], country: "QQ"), number: 2)], "create -"),
  ]

  @Test("A row", arguments: found + strangers + rows)
  func decide(_ test: Case) {
    var context = Self.context
    for row in test.earlier {
      let decision = context.decide(row)
      let made = decision.makesMember ? row.id ?? ResourceID("new-\(row.number)") : nil
      _ = context.enter(row, decision, of: made ?? decision.member)
    }
    let decision = context.decide(test.row)
    let fields = decision.change?.paths.map(\.description) ?? []
    let details = fields + decision.problems.map(\.field)
    let member = decision.member?.description ?? "-"
    #expect(
      ([String(describing: decision.action), member] + details).joined(separator: " ")
        == test.expected)
  }

  private static let tolosa: Member = {
    var tolosa = city("Tolosa")
    tolosa.population = .init(
      inhabitants: 19_000, date: PartialDate(.year, year: 2021), source: "INE")
    tolosa.statusSteps = [
      step(.active, 2010), step(.suspended, 2015, reason: ["en": "Dues"], document: "CB-3"),
    ]
    return tolosa
  }()

  private static func step(
    _ status: MemberStatus, _ year: Int, month: Int = 0, reason: [String: String] = [:],
    document: String = ""
  ) -> StatusStep {
    StatusStep(
      status, PartialDate(month == 0 ? .year : .month, year: year, month: month),
      reason: LocalizedText(reason), document: document)
  }

  struct Taken: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let row: Member
    /// As `ImportDecisionTests.decide` has it.
    let expected: String
    var before = Member()
    var after = Member()
  }

  static let taken: [Taken] = [
    Taken(
      testDescription: "one of two steps denies not the other",
      row: Member(statusSteps: [step(.active, 2010)]), expected: "noOp tolosa"),
    Taken(
      testDescription: "a step without its reason denies not the reason",
      row: Member(statusSteps: [step(.suspended, 2015)]), expected: "noOp tolosa"),
    Taken(
      testDescription: "a step goes where its date is",
      row: Member(statusSteps: [step(.applicant, 2009)]), expected: "update tolosa status_steps",
      before: Member(statusSteps: tolosa.statusSteps),
      after: Member(statusSteps: [step(.applicant, 2009)] + tolosa.statusSteps)),
    Taken(
      testDescription: "another reason takes the place",
      row: Member(statusSteps: [step(.suspended, 2015, reason: ["en": "Vote"])]),
      expected: "update tolosa status_steps",
      before: Member(statusSteps: tolosa.statusSteps),
      after: Member(statusSteps: [
        step(.active, 2010), step(.suspended, 2015, reason: ["en": "Vote"], document: "CB-3"),
      ])),
    Taken(
      testDescription: "a step that overlaps one that is there",
      row: Member(statusSteps: [step(.active, 2010, month: 3)]),
      expected: "invalid tolosa status_steps[1].date status_steps[1].status"),
    Taken(
      testDescription: "steps of the row in disorder, by their places in it",
      row: Member(statusSteps: [step(.active, 2020), step(.withdrawn, 2019, reason: ["en": "x"])]),
      expected: "invalid tolosa status_steps[1].date"),
    Taken(
      testDescription: "a step without a reason that needs one",
      row: Member(statusSteps: [step(.excluded, 2019)]),
      expected: "invalid tolosa status_steps[2].reason"),
    Taken(
      testDescription: "the same number leaves its date and source",
      row: Member(population: .init(inhabitants: 19_000)), expected: "noOp tolosa"),
    Taken(
      testDescription: "another number has not the date and source of the first",
      row: Member(population: .init(inhabitants: 19_500)), expected: "update tolosa population",
      before: Member(population: tolosa.population),
      after: Member(population: .init(inhabitants: 19_500))),
    Taken(
      testDescription: "a name in one language is told alone",
      row: Member(displayName: LocalizedText(["es": "Tolosa (Gipuzkoa)"])),
      expected: "update tolosa display_name.values.es",
      before: Member(displayName: LocalizedText(["es": "Tolosa"])),
      after: Member(displayName: LocalizedText(["es": "Tolosa (Gipuzkoa)"]))),
  ]

  @Test("What a row changes is told as it was and will be, and nothing else", arguments: taken)
  func changes(_ test: Taken) {
    var context = ImportContext(sections: [])
    let id = ResourceID("tolosa")!
    context.members[id] = Self.registered("tolosa", Self.tolosa)
    let decision = context.decide(Self.row(test.row, id: "tolosa"))
    let fields = decision.change?.paths.map(\.description) ?? []
    let words = [String(describing: decision.action), "tolosa"] + fields
    #expect(
      (words + decision.problems.map(\.field)).joined(separator: " ") == test.expected,
      "\(decision.problems)")
    #expect((decision.change?.before ?? Member()) == test.before)
    #expect((decision.change?.after ?? Member()) == test.after)
  }

  @Test("The problems say who else it is, and why")
  func descriptions() {
    var context = Self.context
    let first = Self.row(Self.city("Gernika", [.geonames: "1"]), number: 2)
    _ = context.enter(first, context.decide(first), of: ResourceID("gernika"))
    func problem(_ member: Member, id: String? = nil) -> String? {
      context.decide(Self.row(member, id: id)).problems.first?.description
    }
    #expect(
      problem(Self.city("X", [.geonames: "1"])) == "GEONAMES 1 stands in row 2 already")
    #expect(
      problem(Self.city("X", [.geonames: "7"]), id: "bilbao")
        == "GEONAMES 7 is that of members/durango, and the row names members/bilbao")
    #expect(
      problem(Self.city("Durango", at: 43.17, -2.5))
        == "members/durango has this name in this country, 10 km away")
    #expect(
      problem(Self.city("gernika"))
        == "row 2 has this name in this country, one of them has no coordinates")
    #expect(
      problem(Self.city("Gone"), id: "gone") == "members/gone is deleted: undelete it first")
  }

  @Test(
    "A row may say what holds in one of several periods, or change what is the same in all",
    arguments: [
      (Member(section: "sections/europe"), ImportDecision.Action.noOp),
      (Member(section: "sections/africa"), .noOp), (Member(languages: ["es"]), .update),
      (Member(section: "sections/asia"), .conflict),
      (Member(section: "sections/europe", languages: ["es"]), .conflict),
    ])
  func periods(row: Member, expected: ImportDecision.Action) {
    var first = Self.city("Bilbao")
    first.section = "sections/africa"
    var second = first
    second.section = "sections/europe"
    let border = Day(year: 2020, month: 1, day: 1)!
    var context = ImportContext(
      sections: ["sections/africa", "sections/asia", "sections/europe"])
    let id = ResourceID("bilbao")!
    context.members[id] = RegisteredMember(
      id: id, uid: "1", version: .init(recordedAt: 1), isDeleted: false,
      timeline: Timeline([
        .init(Period(until: border), first), .init(Period(from: border), second),
      ]).states)
    #expect(context.decide(Self.row(row, id: "bilbao")).action == expected)
  }
}

/// Ways along the earth that are known.
@Suite struct DistanceTests {
  @Test(
    "In kilometres",
    arguments: [
      ((0.0, 0.0), (0.0, 0.0), 0.0), ((0, 0), (0, 90), 10_007.5), ((90, 0), (-90, 0), 20_015),
      ((41.3874, 2.1686), (43.263, -2.935), 468.6), ((0, 179.9), (0, -179.9), 22.2),
    ])
  func distance(_ from: (Double, Double), _ to: (Double, Double), kilometres: Double) {
    let start = Coordinates(latitude: from.0, longitude: from.1)
    let end = Coordinates(latitude: to.0, longitude: to.1)
    #expect(abs(start.kilometres(to: end) - kilometres) < 1)
    #expect(start.kilometres(to: end) == end.kilometres(to: start))
  }
}
