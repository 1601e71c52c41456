import Auth
import Messages
import RPC
import ResourceAPI
import Storage
import Testing
import WellKnown

@testable import cabildo_membership

/// Imports that are refused, and that nothing is half-done then.
@Suite struct ImportRefusalTests {
  typealias Entry = MembershipV1.ImportEntry

  private static let one = "0b6b8a4e-52cf-4d1b-9f0e-6c1d2b7a9e35"
  private static let two = "1c7c9b5f-63d0-4e2c-8a1f-7d2e3c8baf46"

  @Test("A plan is not applied once the register has moved")
  func registerMoved() async throws {
    let register = try await TestRegister()
    let plan = try await register.imports.plan([.city("Gernika")])
    _ = try await register.client.createMember(.init(member: .city("Bilbao")))
    let before = try await register.changes()
    let error = await failure { try await register.imports.apply(plan) }
    #expect(error?.code == .failedPrecondition && error?.reason == "REGISTER_MOVED")
    #expect(
      error?.errorInfo?.metadata == ["planned_sequence": "0", "current_sequence": "1"])
    #expect(try await register.changes() == before)
    #expect(try await register.client.getMemberImport(.init(name: plan.name)) == plan)
  }

  @Test("A register that moves while the rows come leaves no plan")
  func registerMovedMeanwhile() async throws {
    let register = try await TestRegister()
    let call = try await register.client.planMemberImport()
    let rows = (0..<600).map {
      ImportCalls.Row(row: $0, member: .city("City \($0)", geonames: 1 + Int($0)))
    }
    try await call.send(.init(rows: rows))
    #expect(try await call.responses.next()?.event == .rowsReceived(600))
    _ = try await register.client.createMember(.init(member: .city("Bilbao")))
    let error = await failure {
      try await call.send(.init(rows: rows))
      try await call.finishSending()
      while try await call.responses.next() != nil {}
    }
    #expect(error?.code == .aborted && error?.reason == "REGISTER_MOVED")
    #expect(try await register.changes() == ["created members/bilbao"])
    #expect(
      try await register.importRows()
        == ["member_import": 0, "member_import_row": 0, "member_import_key": 0])
  }

  @Test("Invalid rows are listed with all that is wrong, and nothing is applied")
  func invalidRows() async throws {
    let register = try await TestRegister()
    var bad = MembershipV1.Member.city("a\u{0}b", country: "QQ")
    bad.population = .init(inhabitants: -1)
    bad.kind = .unrecognized(77)
    let rows: [MembershipV1.Member] = [
      .city("Gernika"), bad, MembershipV1.Member(), .init(name: "members/Big"),
    ]
    let plan = try await register.imports.plan(rows)
    #expect(plan.summary == .init(rows: 4, creates: 1, invalids: 3))
    let entries = try await register.imports.entries(of: plan, [.invalid])
    #expect(entries.map(\.row) == [3, 4, 5])
    #expect(
      entries.map { $0.problems.map(\.field) } == [
        ["kind", "display_name.values.es", "country_code", "population.inhabitants"],
        ["kind", "display_name"], ["name", "kind", "display_name"],
      ])
    #expect(entries.allSatisfy { $0.problems.allSatisfy { !$0.description.isEmpty } })
    let error = await failure { try await register.imports.apply(plan, duplicates: true) }
    #expect(error?.code == .failedPrecondition && error?.reason == "IMPORT_HAS_INVALID_ROWS")
    #expect(error?.errorInfo?.metadata == ["invalids": "3"])
    #expect(try await register.changes() == [])
  }

  @Test("A plan with conflicts is not applied")
  func conflicts() async throws {
    let register = try await TestRegister()
    let gone = try await register.client.createMember(.init(member: .city("Gone", geonames: 9)))
    _ = try await register.client.deleteMember(.init(name: gone.name))
    let before = try await register.changes()
    let rows: [MembershipV1.Member] = [
      .city("Gernika", geonames: 1), .city("Lumo", geonames: 1), .city("Gone", geonames: 9),
    ]
    let plan = try await register.imports.plan(rows)
    #expect(plan.summary == .init(rows: 3, creates: 1, conflicts: 2))
    let entries = try await register.imports.entries(of: plan, [.conflict])
    #expect(
      entries.map { $0.problems.map(\.description) } == [
        ["GEONAMES 1 stands in row 2 already"], ["members/gone is deleted: undelete it first"],
      ])
    let error = await failure { try await register.imports.apply(plan) }
    #expect(error?.code == .failedPrecondition && error?.reason == "IMPORT_HAS_CONFLICTS")
    #expect(error?.errorInfo?.metadata == ["conflicts": "2"])
    #expect(try await register.changes() == before)
  }

  @Test("An import is applied once; the same request again gets the same answer")
  func twice() async throws {
    let register = try await TestRegister()
    let plan = try await register.imports.plan([.city("Gernika")])
    let first = try await register.imports.apply(plan, requestID: Self.one)
    let changes = try await register.changes()
    #expect(try await register.imports.apply(plan, requestID: Self.one).plan == first.plan)
    for id in [Self.two, ""] {
      let error = await failure { try await register.imports.apply(plan, requestID: id) }
      #expect(error?.code == .failedPrecondition && error?.reason == "ALREADY_APPLIED")
    }
    let other = await failure {
      try await register.imports.apply(plan, requestID: Self.one, duplicates: true)
    }
    #expect(other?.reason == "REQUEST_ID_REUSED")
    #expect(try await register.changes() == changes)
  }

  @Test("A plan is forgotten after a day")
  func expired() async throws {
    let register = try await TestRegister(today: "2024-06-15")
    let plan = try await register.imports.plan([.city("Gernika")])
    register.today(is: "2024-06-16")
    let name = plan.name
    let errors = await [
      failure { try await register.imports.apply(plan) },
      failure { try await register.client.getMemberImport(.init(name: name)) },
      failure { try await register.client.listImportEntries(.init(parent: name)) },
    ]
    #expect(errors.map { $0?.code } == Array(repeating: .failedPrecondition, count: 3))
    #expect(errors.map { $0?.reason } == Array(repeating: "IMPORT_EXPIRED", count: 3))
    #expect(try await register.importRows()["member_import_row"] == 1)
    try await register.api.trimImports()
    #expect(
      try await register.importRows()
        == ["member_import": 1, "member_import_row": 0, "member_import_key": 0])
    #expect(await failure { try await register.imports.apply(plan) }?.reason == "IMPORT_EXPIRED")
    register.today(is: "2024-06-23")
    try await register.api.trimImports()
    #expect(await failure { try await register.imports.apply(plan) }?.reason == "IMPORT_NOT_FOUND")
    #expect(try await register.importRows()["member_import"] == 0)
    #expect(try await register.changes() == [])
  }

  @Test("Where a thousand plans are kept the oldest that was not applied goes for the next")
  func manyPlans() async throws {
    let register = try await TestRegister()
    let applied = try await register.imports.plan([.city("Gernika")])
    try await register.imports.apply(applied)
    register.tick()
    var oldest: [MembershipV1.MemberImport] = []
    for number in 2...MemberImportStore.maxImports {
      register.tick()
      let plan = try await register.imports.plan([])
      if number < 4 { oldest.append(plan) }
    }
    register.tick()
    let next = try await register.imports.plan([.city("Lumo")])
    func state(_ plan: MembershipV1.MemberImport) async -> String? {
      await failure { try await register.client.getMemberImport(.init(name: plan.name)) }?.reason
    }
    #expect(await state(oldest[0]) == "IMPORT_EXPIRED")
    #expect(await state(oldest[1]) == nil)
    #expect(await state(applied) == nil, "what was applied is remembered longer")
    try await register.imports.apply(next)
    #expect(try await register.changes() == ["created members/gernika", "created members/lumo"])
  }

  @Test("Plans whose rows still come do not go for another: it is refused")
  func manyStreams() async throws {
    let register = try await TestRegister()
    let now = register.api.clock()
    let all = MemberImportStore.maxImports
    try await register.database.transaction { transaction in
      let store = MemberImportStore(transaction: transaction)
      for _ in 0..<all { try store.begin(.random(), sequence: 0, at: now) }
    }
    let error = await failure { try await register.imports.plan([.city("Gernika")]) }
    #expect(error?.code == .resourceExhausted && error?.reason == "TOO_MANY_IMPORTS")
    #expect(try await register.importRows()["member_import"] == all)
  }

  @Test("A stream that breaks leaves nothing", .timeLimit(.minutes(1)))
  func brokenStream() async throws {
    let register = try await TestRegister()
    let rows = (0..<600).map {
      ImportCalls.Row(row: $0, member: .city("City \($0)", geonames: 1 + Int($0)))
    }
    let call = try await register.client.planMemberImport()
    try await call.send(.init(rows: rows))
    #expect(try await call.responses.next()?.event == .rowsReceived(600))
    #expect(try await register.importRows()["member_import_row"] != 0)
    call.cancel()
    while try await register.importRows()["member_import"] != 0 {
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(try await register.importRows().values.allSatisfy { $0 == 0 })
  }

  @Test("Rows that still come are no import yet")
  func receiving() async throws {
    let register = try await TestRegister()
    let call = try await register.client.planMemberImport()
    let rows = (0..<500).map {
      ImportCalls.Row(row: $0, member: .city("City \($0)", geonames: 1 + Int($0)))
    }
    try await call.send(.init(rows: rows))
    _ = try await call.responses.next()
    let number = try await register.database.read {
      try $0.rows("SELECT id FROM member_import").first?.int64("id")
    }
    let name = MemberImportID(number: try #require(number)).name
    let error = await failure {
      try await register.client.getMemberImport(.init(name: name))
    }
    #expect(error?.code == .notFound && error?.reason == "IMPORT_NOT_FOUND")
    try await call.finishSending()
    while try await call.responses.next() != nil {}
    #expect(try await register.client.getMemberImport(.init(name: name)).summary?.rows == 500)
  }

  @Test(
    "What is no name of an import is refused",
    arguments: [
      "", "memberImports/", "memberImports/bilbao", "members/i0123456789abcdef",
      "memberImports/i0123456789ABCDEF", "memberImports/i0000000000000000",
      "memberImports/i-123456789abcdef", "memberImports/iffffffffffffffff",
    ])
  func names(_ name: String) async throws {
    let register = try await TestRegister()
    let error = await failure { try await register.client.getMemberImport(.init(name: name)) }
    #expect(error?.code == .invalidArgument && error?.fieldViolations.map(\.field) == ["name"])
  }

  @Test("Only a registrar imports", arguments: [nil, [Role.reader], [.operator]] as [Set<Role>?])
  func roles(_ roles: Set<Role>?) async throws {
    let register = try await TestRegister()
    let plan = try await register.imports.plan([.city("Gernika")])
    let calls = ImportCalls(client: register.client(as: roles))
    let errors = await [
      failure { try await calls.plan([.city("Bilbao")]) },
      failure { try await calls.client.getMemberImport(.init(name: plan.name)) },
      failure { try await calls.entries(of: plan) },
      failure { try await calls.apply(plan) },
    ]
    let code = roles == nil ? StatusCode.unauthenticated : .permissionDenied
    #expect(errors.map { $0?.code } == Array(repeating: code, count: 4))
    #expect(try await register.importRows()["member_import"] == 1)
    #expect(try await register.changes() == [])
  }

  @Test("An import that never was is not found")
  func unknown() async throws {
    let register = try await TestRegister()
    let plan = MembershipV1.MemberImport(name: "memberImports/i0123456789abcdef")
    let error = await failure { try await register.imports.apply(plan) }
    #expect(error?.code == .notFound && error?.reason == "IMPORT_NOT_FOUND")
  }
}
