import ChangeFeed
import MembershipDomain
import Peers
import Storage
import Testing
import Vocabulary

@testable import cabildo_membership

/// That an index serves each question: the plan that the engine makes, with many members and few.
@Suite struct QueryPlanTests {
  static let filters = [
    "", "section = \"sections/europe\"", "country_code = ES", "kind = CITY", "status = ACTIVE",
    "section = \"sections/europe\" AND country_code = ES",
    "section = \"sections/europe\" AND kind = CITY",
    "section = \"sections/europe\" AND status = ACTIVE",
  ]

  /// What `EXPLAIN QUERY PLAN` says of the tables, one a line.
  private func plan(_ statement: SQL, _ database: any Database) async throws -> [String] {
    try await database.read { transaction in
      try transaction.rows("EXPLAIN QUERY PLAN " + statement).map { try $0.text("detail") }
    }
  }

  private func listing(_ filter: String, _ order: MemberOrder, recorded: RecordedTime?) throws
    -> MemberListing
  {
    let query = try MemberQuery(
      filter: filter, orderBy: order.rawValue, recordedNow: recorded == nil)
    return MemberListing(
      query: query, asOf: AsOf(Day(number: 0), recorded: recorded), showDeleted: false,
      clearance: .everyone)
  }

  @Test("Every filter with every order is read from the index made for it, in its order")
  func lists() async throws {
    let register = try await TestRegister()
    let supported = Set(MemberFilter.supported.map { $0.joined(separator: " ") })
    var covered: Set<String> = []
    for filter in Self.filters {
      covered.insert(try Filter(filter).fields.joined(separator: " "))
      for order in MemberOrder.allCases {
        let key: PageToken.Value = order == .displayName ? .bytes([1]) : .integer(1)
        for place in [nil, MemberListing.Place(key: key, number: 1)] {
          let statement = try listing(filter, order, recorded: nil).statements(
            after: place, limit: 9)
          try await expect(statement, "member_now_by_", filter, order, register.database)
        }
      }
    }
    #expect(covered == supported)
  }

  @Test("So is every filter as of an earlier time, from what holds and from what does not")
  func pastLists() async throws {
    let register = try await TestRegister()
    for filter in Self.filters {
      for place in [nil, MemberListing.Place(key: .bytes([1]), number: 1)] {
        let past = try listing(filter, .displayName, recorded: RecordedTime(microseconds: 5))
        let statements = past.statements(after: place, limit: 9)
        #expect(statements.count == 2)
        try await expect(
          [statements[0]], "member_now_by_", filter, .displayName, register.database)
        try await expect(
          [statements[1]], "member_past_by_", filter, .displayName, register.database)
      }
    }
  }

  private func expect(
    _ statements: [SQL], _ prefix: String, _ filter: String, _ order: MemberOrder,
    _ database: any Database
  ) async throws {
    let names = [
      "section": "section_", "country_code": "country_", "kind": "kind_",
      "status": "status_",
    ]
    let fields = try Filter(filter).fields.sorted { $0 == "section" && $1 != "section" }
    let orderName =
      switch order {
      case .displayName: "name"
      case .population, .populationDescending: "population"
      case .updateTimeDescending: "update"
      }
    let index = prefix + fields.map { names[$0] ?? "" }.joined() + orderName
    for statement in statements {
      let lines = try await plan(statement, database)
      let place: Comment = "\(filter) by \(order.rawValue): \(lines)"
      #expect(
        lines.first?.hasSuffix(" USING INDEX \(index)") == true
          || lines.first?.contains(" USING INDEX \(index) (") == true, place)
      #expect(!lines.contains { $0.contains("TEMP B-TREE") }, place)
      if !fields.isEmpty { #expect(lines.first?.hasPrefix("SEARCH") == true, place) }
    }
  }

  @Test("The lists that the contract's page names are those that are served")
  func documented() throws {
    let text = try Repository.text(of: "Protos/README.md")
    let table = text.split(separator: "\n").drop { !$0.hasPrefix("| filter | order_by |") }
    let rows = table.dropFirst(2).prefix { $0.hasPrefix("|") }.dropLast()
    let filters = rows.map { row in
      row.split(separator: "|")[0].matches(of: #/`(\w+)`/#).map { String($0.1) }.sorted()
    }
    #expect(Set(filters) == Set(MemberFilter.supported))
    let orders = rows.first.map { $0.split(separator: "|")[1].matches(of: #/`([\w ]+)`/#) }
    #expect(orders?.map { String($0.1) } == MemberOrder.allCases.map(\.rawValue))
  }

  @Test("A snapshot of the feed goes along the ids, without sorting all members for each page")
  func snapshot() async throws {
    let register = try await TestRegister()
    let statement = MemberSnapshot.statement(after: "a", recorded: RecordedTime(microseconds: 5))
    let lines = try await plan(statement, register.database)
    #expect(lines.first?.hasPrefix("SEARCH m USING INDEX") == true, "\(lines)")
    #expect(lines.dropFirst().first?.hasPrefix("SEARCH r USING INDEX") == true, "\(lines)")
    #expect(!lines.contains("USE TEMP B-TREE FOR ORDER BY"), "\(lines)")
  }

  @Test("What begins to hold is read in its order, from where it was left")
  func days() async throws {
    let register = try await TestRegister()
    let statement = RegisterDay.beginning(after: Day(number: 4), until: Day(number: 5))
    let lines = try await plan(statement, register.database)
    #expect(
      lines.first?.hasPrefix("SEARCH r USING INDEX member_revision_beginning (") == true,
      "\(lines)")
    #expect(!lines.contains { $0.contains("TEMP B-TREE") }, "\(lines)")
  }

  @Test("A search begins at the index of words")
  func search() async throws {
    let register = try await TestRegister()
    for recorded in [nil, RecordedTime(microseconds: 5)] {
      let search = MemberSearch(
        query: FoldedText("san sebastian"), asOf: AsOf(Day(number: 0), recorded: recorded),
        clearance: .everyone)
      let lines = try await plan(search.statement(after: nil, limit: 9), register.database)
      #expect(lines.contains { $0.contains("SEARCH n USING COVERING INDEX") }, "\(lines)")
      #expect(lines.contains { $0.hasPrefix("SEARCH r USING INDEX") }, "\(lines)")
      #expect(!lines.contains { $0.hasPrefix("SCAN r") || $0.hasPrefix("SCAN n") }, "\(lines)")
    }
  }
}
