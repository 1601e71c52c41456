import MembershipDomain
import Messages
import RPC
import Storage
import WellKnown

@testable import cabildo_membership

/// Calls of the import's methods as a caller makes them.
struct ImportCalls: Sendable {
  typealias Row = MembershipV1.PlanMemberImportRequest.Row
  typealias Entry = MembershipV1.ImportEntry

  let client: MembershipV1.MembershipServiceClient

  /// What a plan was answered with.
  struct Planned: Sendable {
    var progress: [Int64] = []
    var plan = MembershipV1.MemberImport()
  }

  /// Sends rows, so many in a message, and reads beside it.
  func plan(_ rows: [Row], perMessage: Int = 100) async throws -> Planned {
    let call = try await client.planMemberImport()
    async let sending: Void = {
      for start in stride(from: 0, to: rows.count, by: perMessage) {
        let end = min(start + perMessage, rows.count)
        try await call.send(.init(rows: Array(rows[start..<end])))
      }
      try await call.finishSending()
    }()
    var planned = Planned()
    for try await response in call.responses {
      switch response.event {
      case .rowsReceived(let count): planned.progress.append(count)
      case .memberImport(let plan): planned.plan = plan
      case nil: throw RPCError(.internal, "an empty answer")
      }
    }
    try await sending
    return planned
  }

  /// Members as rows numbered from 2, as those of a file with a heading are.
  func plan(_ members: [MembershipV1.Member]) async throws -> MembershipV1.MemberImport {
    try await plan(zip(2..., members).map { Row(row: $0, member: $1) }).plan
  }

  /// All entries, page by page.
  func entries(
    of plan: MembershipV1.MemberImport, _ actions: [Entry.Action] = [], pageSize: Int32 = 0
  ) async throws -> [Entry] {
    var entries: [Entry] = []
    var token = ""
    repeat {
      let page = try await client.listImportEntries(
        .init(parent: plan.name, pageSize: pageSize, pageToken: token, actions: actions))
      entries += page.entries
      token = page.nextPageToken
    } while !token.isEmpty
    return entries
  }

  struct Applied: Sendable {
    var progress: [Int64] = []
    var plan = MembershipV1.MemberImport()
  }

  @discardableResult
  func apply(
    _ plan: MembershipV1.MemberImport, requestID: String = "", duplicates: Bool = false
  ) async throws -> Applied {
    let call = try await client.applyMemberImport(
      .init(name: plan.name, requestId: requestID, createProbableDuplicates: duplicates))
    var applied = Applied()
    for try await response in call.responses {
      switch response.event {
      case .rowsDone(let count): applied.progress.append(count)
      case .memberImport(let plan): applied.plan = plan
      case nil: throw RPCError(.internal, "an empty answer")
      }
    }
    return applied
  }
}

extension TestRegister {
  var imports: ImportCalls { ImportCalls(client: client) }

  /// The feed's changes, in order: `created members/bilbao`.
  func changes() async throws -> [String] {
    try await database.read { transaction in
      try transaction.rows("SELECT kind, name FROM feed_entry ORDER BY sequence").map {
        "\(try $0.text("kind")) \(try $0.text("name"))"
      }
    }
  }

  /// Rows that imports have left in the store.
  func importRows() async throws -> [String: Int] {
    try await database.read { transaction in
      var counts: [String: Int] = [:]
      for table in ["member_import", "member_import_row", "member_import_key"] {
        counts[table] = try transaction.rows("SELECT COUNT(*) AS n FROM \(raw: table)")
          .first?.integer("n")
      }
      return counts
    }
  }
}

extension MembershipV1.Member {
  /// A city with a number of GeoNames, or a place.
  static func city(
    _ name: String, geonames: Int? = nil, at place: (Double, Double)? = nil, country: String = "ES"
  ) -> Self {
    var city = Self.city(name, country: country)
    city.identifiers = geonames.map { [.init(scheme: .geonames, value: "\($0)")] } ?? []
    city.location = place.map { GoogleType.LatLng(latitude: $0.0, longitude: $0.1) }
    return city
  }
}
