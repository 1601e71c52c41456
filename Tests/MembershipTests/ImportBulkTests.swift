import Messages
import Peers
import RPC
import Storage
import Testing

@testable import cabildo_membership

/// As many rows as there are cities of 50,000 inhabitants and more. What it takes in a release
/// build is measured elsewhere; here it has to end at all, in ten times of that.
@Suite(.serialized) struct ImportBulkTests {
  private static let count = 12_325

  private static let rows: [ImportCalls.Row] = (0..<count).map { index in
    let syllables = ["ka", "ri", "so", "mu", "ne", "to", "la", "vi", "do", "pe"]
    let name = [index % 10, index / 10 % 10, index / 100 % 10, index / 1_000 % 10]
      .map { syllables[$0] }.joined()
    var city = MembershipV1.Member.city(
      "City of \(name)", geonames: 1 + index,
      at: (Double(index % 170) - 85, Double(index / 170) * 4 - 170))
    city.population = .init(inhabitants: Int64(50_000 + index), source: "GeoNames")
    return ImportCalls.Row(row: Int64(index) + 2, member: city)
  }

  @Test("12,325 rows are planned, applied and planned again", .timeLimit(.minutes(4)))
  func cities() async throws {
    let register = try await TestRegister()
    let planned = try await register.imports.plan(Self.rows, perMessage: 500)
    #expect(planned.plan.summary == .init(rows: Int64(Self.count), creates: Int64(Self.count)))
    #expect(planned.progress == (1...24).map { $0 * 500 })
    let applied = try await register.imports.apply(planned.plan)
    #expect(applied.plan.state == .applied)
    #expect(applied.progress == applied.progress.sorted())
    #expect(Set(applied.progress).isSubset(of: Set((1...124).map { min($0 * 100, 12_325) })))
    let changes = try await register.changes()
    #expect(changes.count == Self.count && Set(changes).count == Self.count)
    let again = try await register.imports.plan(Self.rows, perMessage: 500).plan
    #expect(again.summary == .init(rows: Int64(Self.count), noOps: Int64(Self.count)))
    #expect(try await register.importRows()["member_import_key"] == 0)
  }

  @Test("Others write while an import is planned, and soon", .timeLimit(.minutes(4)))
  func othersWrite() async throws {
    let register = try await TestRegister()
    async let planned = register.imports.plan(Array(Self.rows.prefix(5_000)), perMessage: 500)
    var slowest = Duration.zero
    for _ in 0..<20 {
      let start = ContinuousClock.now
      _ = try await register.database.transaction {
        try $0.run("DELETE FROM member WHERE number = -1")
      }
      slowest = max(slowest, .now - start)
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(slowest < .seconds(5) * Slack.factor)
    #expect(try await planned.plan.summary?.creates == 5_000)
  }

  @Test("A caller who does not read holds nobody up", .timeLimit(.minutes(2)))
  func slowReader() async throws {
    let register = try await TestRegister()
    let plan = try await register.imports.plan(Array(Self.rows.prefix(2_000))).plan
    let call = try await register.client.applyMemberImport(.init(name: plan.name))
    while try await register.changes().isEmpty { try await Task.sleep(for: .milliseconds(20)) }
    _ = try await register.client.createMember(.init(member: .city("Bilbao")))
    #expect(try await register.changes().count == 2_001)
    var last: MembershipV1.ApplyMemberImportResponse.Event?
    while let response = try await call.responses.next() { last = response.event }
    guard case .memberImport(let applied) = last else {
      Issue.record("the last message is \(String(describing: last))")
      return
    }
    #expect(applied.state == .applied)
  }

  @Test("A caller who leaves in the midst has changed nothing", .timeLimit(.minutes(2)))
  func leaving() async throws {
    let register = try await TestRegister()
    let plan = try await register.imports.plan(Array(Self.rows.prefix(3_000))).plan
    let call = try await register.client.applyMemberImport(.init(name: plan.name))
    guard case .rowsDone = try await call.responses.next()?.event else {
      Issue.record("no progress")
      return
    }
    call.cancel()
    // It waits for the transaction that was left.
    _ = try await register.client.createMember(.init(member: .city("Bilbao")))
    #expect(try await register.changes() == ["created members/bilbao"])
    let left = try await register.client.getMemberImport(.init(name: plan.name))
    #expect(left.state == .planned)
  }
}
