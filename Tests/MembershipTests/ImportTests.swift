import MembershipDomain
import Messages
import RPC
import ResourceAPI
import Storage
import Testing
import WellKnown

@testable import cabildo_membership

/// Imports as their callers see them: planned, read, applied, and planned again.
@Suite struct ImportTests {
  typealias Entry = MembershipV1.ImportEntry

  private static let one = "0b6b8a4e-52cf-4d1b-9f0e-6c1d2b7a9e35"

  @Test("Rows become a plan, the plan becomes members, and the same rows are no change then")
  func whole() async throws {
    let register = try await TestRegister()
    _ = try await register.client.createMember(.init(member: .city("Bilbao")))
    _ = try await register.client.createMember(.init(member: .city("Getxo", geonames: 3)))
    let before = try await register.changes()
    var bilbao = MembershipV1.Member(
      name: "members/bilbao", population: .init(inhabitants: 346_843, source: "Eustat"))
    bilbao.identifiers = [.init(scheme: .wikidata, value: "Q8692")]
    let rows: [MembershipV1.Member] = [
      .city("Gernika", geonames: 1), bilbao, .city("Getxo", geonames: 3),
      .city("Lekeitio", geonames: 4),
    ]

    let plan = try await register.imports.plan(rows)
    #expect(plan.state == .planned)
    #expect(plan.name.hasPrefix("memberImports/i") && plan.applyTime == nil)
    #expect(plan.summary == .init(rows: 4, creates: 2, updates: 1, noOps: 1))
    #expect((plan.expireTime?.seconds ?? 0) - (plan.createTime?.seconds ?? 0) == 86_400)
    #expect(try await register.client.getMemberImport(.init(name: plan.name)) == plan)
    #expect(
      try await register.imports.entries(of: plan) == [
        Entry(row: 2, action: .create, member: "members/gernika"),
        Entry(
          row: 3, action: .update, member: "members/bilbao",
          changedFields: ["population", "identifiers"], before: .init(),
          after: .init(population: bilbao.population, identifiers: bilbao.identifiers)),
        Entry(row: 4, action: .noOp, member: "members/getxo"),
        Entry(row: 5, action: .create, member: "members/lekeitio"),
      ])
    #expect(try await register.changes() == before, "a plan is no change")

    let applied = try await register.imports.apply(plan, requestID: Self.one)
    #expect(applied.plan.state == .applied && applied.plan.applyTime != nil)
    #expect(applied.plan.summary == plan.summary)
    #expect(try await register.client.getMemberImport(.init(name: plan.name)) == applied.plan)
    #expect(
      try await register.changes() == before + [
        "created members/gernika", "updated members/bilbao", "created members/lekeitio",
      ])
    let read = try await register.client.getMember(.init(name: "members/bilbao"))
    #expect(read.population == bilbao.population && read.identifiers == bilbao.identifiers)
    #expect(read.displayName == MembershipV1.Member.city("Bilbao").displayName)
    #expect(read.updateTime == applied.plan.applyTime, "all of it was recorded at one time")

    let again = try await register.imports.plan(rows)
    #expect(again.summary == .init(rows: 4, noOps: 4))
    let end = try await register.changes()
    try await register.imports.apply(again)
    #expect(try await register.changes() == end)
  }

  @Test("The members that an import makes are as single writes make them")
  func likeSingleWrites() async throws {
    let (single, bulk) = (try await TestRegister(), try await TestRegister())
    let city = MembershipV1.Member.city("Gernika-Lumo", geonames: 1, at: (43.3, -2.7))
    var made = try await single.client.createMember(.init(member: city))
    try await bulk.imports.apply(try await bulk.imports.plan([city]))
    let read = try await bulk.client.getMember(.init(name: made.name))
    made.uid = read.uid
    #expect(read == made)
    let found = try await bulk.client.searchMembers(.init(query: "gernika"))
    #expect(found.members == [read])
    let looked = try await bulk.client.lookupMember(.init(identifier: city.identifiers[0]))
    #expect(looked == read)
  }

  @Test("A row that does not say who may read a member leaves that as it is")
  func accessLevel() async throws {
    let register = try await TestRegister()
    var hidden = MembershipV1.Member.city("Bilbao", geonames: 1)
    hidden.accessLevel = .leadership
    _ = try await register.client.createMember(.init(member: hidden))
    var row = MembershipV1.Member.city("Bilbao", geonames: 1)
    #expect(try await register.imports.plan([row]).summary?.noOps == 1)
    row.languages = ["es"]
    try await register.imports.apply(try await register.imports.plan([row]))
    var read = try await register.client.getMember(.init(name: "members/bilbao"))
    #expect(read.languages == ["es"] && read.accessLevel == .leadership)
    row.accessLevel = .public
    let plan = try await register.imports.plan([row])
    #expect(try await register.imports.entries(of: plan).first?.changedFields == ["access_level"])
    try await register.imports.apply(plan)
    read = try await register.client.getMember(.init(name: "members/bilbao"))
    #expect(read.accessLevel == .public)
  }

  @Test("Entries are listed by action, in the order of the rows, page by page")
  func pages() async throws {
    let register = try await TestRegister()
    _ = try await register.client.createMember(.init(member: .city("City 0", geonames: 100)))
    let members = (0..<250).map { MembershipV1.Member.city("City \($0)", geonames: 100 + $0) }
    let invalid = (0..<5).map { _ in MembershipV1.Member.city("X", country: "QQ") }
    let plan = try await register.imports.plan(invalid + members)
    let all = try await register.imports.entries(of: plan, pageSize: 7)
    #expect(all.map(\.row) == Array(2...256))
    #expect(try await register.imports.entries(of: plan) == all)
    for actions in [[Entry.Action.create], [.invalid], [.noOp, .invalid], [.update]] {
      let entries = try await register.imports.entries(of: plan, actions, pageSize: 3)
      #expect(entries == all.filter { actions.contains($0.action) })
    }
    let first = try await register.client.listImportEntries(.init(parent: plan.name))
    #expect(first.entries.count == 100)
    let other = await failure {
      try await register.client.listImportEntries(
        .init(parent: plan.name, pageToken: first.nextPageToken, actions: [.create]))
    }
    #expect(other?.reason == "PAGE_TOKEN_MISMATCH")
    let unknown = await failure {
      try await register.client.listImportEntries(
        .init(parent: plan.name, actions: [.create, .unrecognized(9)]))
    }
    #expect(unknown?.fieldViolations.map(\.field) == ["actions[1]"])
  }

  @Test("Members of one name get names of their own, and an import sees what others took")
  func names() async throws {
    let register = try await TestRegister()
    _ = try await register.client.createMember(.init(member: .city("Durango", geonames: 1)))
    let rows =
      (2...5).map { MembershipV1.Member.city("Durango", geonames: $0) } + [
        MembershipV1.Member.city("东京", geonames: 6, country: "JP"),
        MembershipV1.Member.city("大阪", geonames: 7, country: "JP"),
      ]
    // What a batch gave is known to the next.
    let numbered = zip(2..., rows).map { ImportCalls.Row(row: $0, member: $1) }
    let filler = (0..<300).map {
      ImportCalls.Row(row: 100 + Int64($0), member: .city("Filler \($0)", geonames: 1_000 + $0))
    }
    let plan = try await register.imports.plan(
      Array(numbered[..<2]) + filler + Array(numbered[2...])
    ).plan
    let entries = try await register.imports.entries(of: plan).filter { $0.row < 100 }
    #expect(
      entries.map(\.member) == [
        "members/durango-2", "members/durango-3", "members/durango-4", "members/durango-5",
        "members/member", "members/member-2",
      ])
    try await register.imports.apply(plan)
    let read = try await register.client.getMember(.init(name: "members/durango-5"))
    #expect(read.identifiers.first?.value == "5")
  }

  @Test("Rows like a member are left out, or made when the caller says so")
  func probableDuplicates() async throws {
    let register = try await TestRegister()
    _ = try await register.client.createMember(.init(member: .city("Durango")))
    let rows = [MembershipV1.Member.city("DURANGO"), .city("Gernika")]
    let plan = try await register.imports.plan(rows)
    #expect(plan.summary == .init(rows: 2, creates: 1, probableDuplicates: 1))
    let entry = try await register.imports.entries(of: plan, [.probableDuplicate]).first
    #expect(entry?.row == 2 && entry?.member == "members/durango")
    #expect(entry?.newMember == "members/durango-2")
    #expect(entry?.problems.map(\.field) == ["display_name"])
    try await register.imports.apply(plan)
    #expect(try await register.changes().suffix(1) == ["created members/gernika"])

    let second = try await register.imports.plan(rows)
    #expect(second.summary?.probableDuplicates == 2, "without identifiers both look like members")
    try await register.imports.apply(second, duplicates: true)
    #expect(
      try await register.changes().suffix(2) == [
        "created members/durango-2", "created members/gernika-2",
      ])
  }

  @Test("Rows are found alike whichever batch they are in")
  func acrossBatches() async throws {
    let register = try await TestRegister()
    var rows = (0..<600).map { MembershipV1.Member.city("Filler \($0)", geonames: 1_000 + $0) }
    rows.insert(.city("Gernika", at: (43.3, -2.7)), at: 0)
    rows.insert(.city("Getxo", geonames: 1), at: 1)
    rows.append(.city("gernika", at: (43.31, -2.7)))
    rows.append(.city("Gernika", at: (42, -2.7)))
    rows.append(.city("Algorta", geonames: 1))
    let plan = try await register.imports.plan(rows)
    #expect(plan.summary == .init(rows: 605, creates: 603, conflicts: 1, probableDuplicates: 1))
    let entries = try await register.imports.entries(of: plan, [.conflict, .probableDuplicate])
    #expect(
      entries.map { $0.problems.map(\.description) } == [
        ["row 2 has this name in this country, 1 km away"],
        ["GEONAMES 1 stands in row 3 already"],
      ])
  }

  @Test("An import without rows is one, and does nothing")
  func empty() async throws {
    let register = try await TestRegister()
    let plan = try await register.imports.plan([])
    #expect(plan.summary == .init())
    let applied = try await register.imports.apply(plan)
    #expect(applied.plan.state == .applied && applied.progress == [])
    #expect(try await register.changes() == [])
  }

  @Test("A row of Kosovo has a country")
  func kosovo() async throws {
    let register = try await TestRegister()
    let plan = try await register.imports.plan([.city("Prishtina", country: "XK")])
    #expect(plan.summary?.creates == 1)
  }

  @Test("The questions of a plan are served by indexes")
  func queryPlans() async throws {
    let register = try await TestRegister()
    let statements = [
      ImportLookup.bearers(.geonames, ["1", "2", "3"]), ImportLookup.members(["a", "b", "c"]),
      ImportLookup.namesakes([[1, 97], [1, 98], [1, 99]]),
      ImportLookup.earlier(["a", "b", "c"], of: MemberImportID(number: 1)),
    ]
    for statement in statements {
      let lines = try await register.database.read { transaction in
        try transaction.rows("EXPLAIN QUERY PLAN " + statement).map { try $0.text("detail") }
      }
      #expect(lines.count > 1 && !lines.contains { $0.hasPrefix("SCAN") }, "\(lines)")
    }
  }
}
