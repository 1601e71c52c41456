import Messages
import RPC
import ResourceAPI
import Testing
import WellKnown

@testable import cabildo_membership

/// What callers may send by mistake or on purpose: the code, the reason, and the field.
@Suite struct BadInputTests {
  typealias Call =
    @Sendable (MembershipV1.MembershipServiceClient) async throws -> Void

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let reason: String
    /// `field REASON`.
    let fields: [String]
    let call: Call

    /// Fields that are at fault.
    init(_ name: String, _ fields: String..., call: @escaping Call) {
      testDescription = name
      reason = RPCError.fieldsInvalid
      self.fields = fields
      self.call = call
    }

    /// A question that is not answered, `field REASON`.
    init(_ name: String, reason: String, field: String, call: @escaping Call) {
      testDescription = name
      self.reason = reason
      fields = ["\(field) \(reason)"]
      self.call = call
    }
  }

  private static func creating(_ edit: @escaping @Sendable (inout MembershipV1.Member) -> Void)
    -> Call
  {
    { client in
      var member = MembershipV1.Member.city()
      edit(&member)
      _ = try await client.createMember(.init(member: member))
    }
  }

  private static func updating(_ paths: String...) -> Call {
    { client in
      _ = try await client.updateMember(
        .init(member: .init(name: "members/a"), updateMask: .init(paths: paths)))
    }
  }

  private static func listing(
    _ edit: @escaping @Sendable (inout MembershipV1.ListMembersRequest) -> Void
  )
    -> Call
  {
    { client in
      var request = MembershipV1.ListMembersRequest()
      edit(&request)
      _ = try await client.listMembers(request)
    }
  }

  static let members: [Case] = [
    Case("an empty member", "member.kind REQUIRED", "member.display_name REQUIRED") {
      _ = try await $0.createMember(.init())
    },
    Case(
      "NUL in text", "member.display_name.values.es CHARACTER_NOT_ALLOWED",
      call: creating { $0.displayName?.values["es"] = "Bil\u{0}bao" }),
    Case(
      "NUL in a language", "member.display_name.values.e\u{fffd} LANGUAGE_INVALID",
      call: creating { $0.displayName?.values["e\u{0}"] = "Bilbao" }),
    Case(
      "an unknown country", "member.country_code COUNTRY_UNKNOWN",
      call: creating { $0.countryCode = "ZZ" }),
    Case(
      "negative population", "member.population.inhabitants NUMBER_INVALID",
      call: creating { $0.population = .init(inhabitants: -1) }),
    Case(
      "30 February", "member.population.date DATE_INVALID",
      call: creating {
        $0.population = .init(date: .init(precision: .day, year: 2020, month: 2, day: 30))
      }),
    Case(
      "a precision that there is not", "member.population.date.precision ENUM_INVALID",
      "member.population.date DATE_INVALID",
      call: creating { $0.population = .init(date: .init(precision: .unrecognized(77))) }),
    Case(
      "overlapping steps", "member.status_steps[1].date STEPS_OVERLAP",
      call: creating {
        $0.statusSteps = [
          .init(status: .applicant, date: .init(precision: .year, year: 2020)),
          .init(status: .active, date: .init(precision: .month, year: 2020, month: 5)),
        ]
      }),
    Case(
      "duplicate keys", "member.identifiers[1].scheme DUPLICATE",
      call: creating {
        $0.identifiers = [
          .init(scheme: .wikidata, value: "Q1"), .init(scheme: .wikidata, value: "Q2"),
        ]
      }),
    Case(
      "a kind that there is not", "member.kind ENUM_INVALID",
      call: creating { $0.kind = .unrecognized(99) }),
    Case(
      "an access level that there is not", "member.access_level ENUM_INVALID",
      call: creating { $0.accessLevel = .unrecognized(-1) }),
    Case(
      "a section that there is not", "member.section SECTION_UNKNOWN",
      call: creating { $0.section = "sections/atlantis" }),
    Case(
      "not a number", "member.location.latitude NUMBER_INVALID",
      "member.location.longitude NUMBER_INVALID",
      call: creating { $0.location = .init(latitude: .nan, longitude: .infinity) }),
    Case("an id in capitals", "member_id ID_INVALID") {
      _ = try await $0.createMember(.init(member: .city(), memberId: "Bilbao"))
    },
    Case(
      "everything about a request", "member_id ID_INVALID", "effective_date DATE_INVALID",
      "language_code LANGUAGE_INVALID"
    ) {
      _ = try await $0.createMember(
        .init(
          member: .city(), memberId: "-", effectiveDate: .init(year: 2021, month: 2, day: 29),
          languageCode: "e"))
    },
    Case("a month in place of a day", "effective_date DATE_INVALID") {
      _ = try await $0.createMember(
        .init(member: .city(), effectiveDate: .init(year: 2021, month: 2)))
    },
  ]

  static let changes: [Case] = [
    Case(
      "a mask with an unknown path", "update_mask PATH_UNKNOWN",
      call: updating("kind", "nick_name")),
    Case(
      "two unknown paths", "update_mask PATH_UNKNOWN", "update_mask PATH_UNKNOWN",
      call: updating("population.", "identifiers[0].value")),
    Case("a mask in lowerCamelCase", "update_mask PATH_UNKNOWN", call: updating("displayName")),
    Case("NUL in a mask", "update_mask PATH_UNKNOWN", call: updating("kind\u{0}")),
    Case("an update without a name", "member.name REQUIRED") {
      _ = try await $0.updateMember(.init())
    },
    Case("a name of another collection", "member.name ID_INVALID") {
      _ = try await $0.updateMember(.init(member: .init(name: "sections/a")))
    },
    Case(
      "an update that empties what is required", "member.kind REQUIRED",
      "member.display_name REQUIRED",
      call: { client in
        _ = try await client.updateMember(
          .init(
            member: .init(name: "members/a"),
            updateMask: .init(paths: ["display_name", "kind", "country_code"])))
      }),
    Case("a period that ends before it begins", "effective_until DATE_INVALID") {
      _ = try await $0.updateMember(
        .init(
          member: .init(name: "members/a", level: .regional),
          effectiveDate: .init(year: 2020, month: 1, day: 1),
          effectiveUntil: .init(year: 2020, month: 1, day: 1)))
    },
    Case("a name that is none", "name ID_INVALID") {
      _ = try await $0.deleteMember(.init(name: "members/"))
    },
    Case("a request id that is none", reason: "REQUEST_ID_INVALID", field: "request_id") {
      _ = try await $0.deleteMember(.init(name: "members/a", requestId: "1"))
    },
  ]

  static let questions: [Case] = [
    Case("a negative page size", "page_size NUMBER_INVALID", call: listing { $0.pageSize = -1 }),
    Case(
      "a filter that is none", reason: "FILTER_INVALID", field: "filter",
      call: listing { $0.filter = "kind" }),
    Case(
      "a filter with a value that is none", reason: "FILTER_INVALID", field: "filter",
      call: listing { $0.filter = "kind = TOWN" }),
    Case(
      "a filter that no index serves", reason: "FILTER_NOT_SUPPORTED", field: "filter",
      call: listing { $0.filter = "level = MUNICIPAL" }),
    Case(
      "an order that no index serves", reason: "ORDER_NOT_SUPPORTED", field: "order_by",
      call: listing { $0.orderBy = "display_name desc" }),
    Case(
      "an order as of before", reason: "ORDER_NOT_SUPPORTED", field: "order_by",
      call: listing {
        $0.orderBy = "population"
        $0.asOf = .init(recordedTime: .init(seconds: 1))
      }),
    Case(
      "garbage for a token", reason: "PAGE_TOKEN_INVALID", field: "page_token",
      call: listing { $0.pageToken = "AAAA" }),
    Case(
      "a day that there is not", "as_of.valid_date DATE_INVALID",
      call: listing { $0.asOf = .init(validDate: .init(year: 2020, month: 4, day: 31)) }),
    Case(
      "a moment that there is not", "as_of.recorded_time DATE_INVALID",
      call: listing { $0.asOf = .init(recordedTime: .init(seconds: .max)) }),
    Case(
      "a moment that has not come", reason: "RECORDED_TIME_IN_FUTURE", field: "as_of.recorded_time",
      call: listing { $0.asOf = .init(recordedTime: .init(seconds: 253_402_300_799)) }),
    Case(
      "a language that is none", "language_code LANGUAGE_INVALID",
      call: listing { $0.languageCode = "en_GB" }),
    Case("an identifier that is none", "identifier.value IDENTIFIER_INVALID") {
      _ = try await $0.lookupMember(.init(identifier: .init(scheme: .wikidata, value: "8692")))
    },
    Case("no identifier", "identifier.scheme REQUIRED") { _ = try await $0.lookupMember(.init()) },
    Case("a name with more parts", "name ID_INVALID") {
      _ = try await $0.getMember(.init(name: "members/a/b"))
    },
    Case("an empty name", "name REQUIRED") { _ = try await $0.getMember(.init()) },
    Case("a section without anything", "section.kind REQUIRED", "section.display_name REQUIRED") {
      _ = try await $0.createSection(.init())
    },
  ]

  @Test(
    "Bad input is refused with what is wrong, and changes nothing",
    arguments: members + changes + questions)
  func refused(test: Case) async throws {
    let register = try await TestRegister()
    let member = try await register.client.createMember(.init(member: .city("A"), memberId: "a"))
    let error = try #require(await failure { try await test.call(register.client) })
    #expect(error.code == .invalidArgument)
    #expect(error.reason == test.reason)
    #expect(
      error.fieldViolations.map { "\($0.field) \($0.reason)" } == test.fields,
      "\(error.message) \(error.fieldViolations)")
    #expect(error.fieldViolations.allSatisfy { !$0.description.isEmpty })
    #expect(!error.message.utf8.contains(0))
    #expect(try await register.client.listMembers(.init(showDeleted: true)).members == [member])
    #expect(
      try await register.client.listMemberRevisions(.init(parent: "members/a")).revisions.count == 1
    )
  }

  @Test("A mask with an unknown path names those that there are")
  func pathsAreNamed() async throws {
    let register = try await TestRegister()
    let error = await failure { try await Self.updating("nick_name")(register.client) }
    #expect(error?.message.contains("population.inhabitants") == true)
    #expect(error?.message.contains("nick_name") == true)
  }

  @Test("What is not there is not found")
  func notFound() async throws {
    let client = try await TestRegister().client
    let errors = await [
      failure { try await client.getMember(.init(name: "members/nobody")) },
      failure { try await client.updateMember(.init(member: .init(name: "members/nobody"))) },
      failure { try await client.deleteMember(.init(name: "members/nobody")) },
      failure { try await client.undeleteMember(.init(name: "members/nobody")) },
      failure { try await client.listMemberRevisions(.init(parent: "members/nobody")) },
      failure {
        try await client.lookupMember(.init(identifier: .init(scheme: .wikidata, value: "Q1")))
      },
    ]
    for error in errors {
      #expect(error?.code == .notFound)
      #expect(error?.reason == "MEMBER_NOT_FOUND")
    }
    let section = await failure { try await client.getSection(.init(name: "sections/none")) }
    #expect(section?.reason == "SECTION_NOT_FOUND")
  }

  @Test("A token is good for its own query and caller, and its order, filter, day and moment")
  func tokensOfOthers() async throws {
    let register = try await TestRegister()
    for name in ["A", "B", "C"] {
      _ = try await register.client.createMember(.init(member: .city(name)))
    }
    let moment = register.tick()
    let first = try await register.client.listMembers(.init(pageSize: 1))
    let token = first.nextPageToken
    let good = try await register.client.listMembers(
      .init(pageSize: 2, pageToken: token, languageCode: "fr"))
    #expect(good.members.count == 2)
    let others: [MembershipV1.ListMembersRequest] = [
      .init(pageToken: token, filter: "kind = CITY"),
      .init(pageToken: token, orderBy: "population"),
      .init(pageToken: token, showDeleted: true),
      .init(pageToken: token, asOf: .init(validDate: .init(year: 2020, month: 1, day: 1))),
      .init(pageToken: token, asOf: .init(recordedTime: moment)),
    ]
    for request in others {
      let error = await failure { try await register.client.listMembers(request) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.reason == "PAGE_TOKEN_MISMATCH")
    }
    let errors = await [
      failure { try await register.client(as: nil).listMembers(.init(pageToken: token)) },
      failure { try await register.client.searchMembers(.init(query: "a", pageToken: token)) },
      failure {
        try await register.client.listMemberRevisions(.init(parent: "members/a", pageToken: token))
      },
      failure { try await register.client.listSections(.init(pageToken: token)) },
    ]
    #expect(errors.map { $0?.reason } == Array(repeating: "PAGE_TOKEN_MISMATCH", count: 4))
  }
}
