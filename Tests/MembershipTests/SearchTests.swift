import Messages
import RPC
import ResourceAPI
import Testing
import WellKnown

@testable import cabildo_membership

/// Members by the beginnings of the words of their names.
@Suite struct SearchTests {
  private static let names: [(id: String, names: [String: String], population: Int64?)] = [
    ("bilbao", ["es": "Bilbao", "eu": "Bilbo", "ar": "بلباو", "zh": "毕尔巴鄂"], 346),
    ("coruna", ["gl": "A Coruña", "es": "La Coruña"], 245),
    ("new-york", ["en": "New York", "zh": "纽约", "ru": "Нью-Йорк"], 8_800),
    ("york", ["en": "York"], 150), ("yorkville", ["en": "Yorkville"], 900),
    ("new-yorkshire", ["en": "New Yorkshire"], 10),
    ("lodz", ["pl": "Łódź", "ru": "Лодзь"], 660), ("athens", ["el": "Αθήνα", "en": "Athens"], 640),
    ("tromso", ["no": "Tromsø"], nil),
    ("istanbul", ["tr": "İstanbul", "el": "Κωνσταντινούπολη"], 15_000),
    ("tokyo", ["ja": "東京", "en": "Tokyo"], 14_000), ("san", ["es": "San Sanchez"], 5),
    ("da-nang", ["vi": "Đà Nẵng"], 1_200), ("reykjavik", ["is": "Reykjavík"], 139),
  ]

  private func register() async throws -> TestRegister {
    let register = try await TestRegister()
    for city in Self.names {
      var member = MembershipV1.Member.city()
      member.displayName = .init(values: city.names)
      member.population = city.population.map { .init(inhabitants: $0) }
      _ = try await register.client.createMember(.init(member: member, memberId: city.id))
    }
    return register
  }

  struct Query: CustomTestStringConvertible, Sendable {
    let text: String
    let found: [String]
    var testDescription: String { text }

    init(_ text: String, _ found: String...) {
      self.text = text
      self.found = found
    }
  }

  static let queries = [
    Query("bilbao", "bilbao"), Query("BILBO", "bilbao"), Query("bil", "bilbao"),
    Query("بلب", "bilbao"), Query("毕尔", "bilbao"), Query("coruna", "coruna"),
    Query("CORUÑA a", "coruna"), Query("york new", "new-york", "new-yorkshire"),
    // The whole name first, then the larger.
    Query("york", "york", "new-york", "yorkville", "new-yorkshire"),
    Query("new york", "new-york", "new-yorkshire"), Query("нью йорк", "new-york"),
    Query("纽约", "new-york"), Query("lodz", "lodz"), Query("ŁÓDŹ", "lodz"), Query("лодзь", "lodz"),
    Query("αθηνα", "athens"), Query("ΑΘΉΝΑ", "athens"), Query("tromso", "tromso"),
    Query("Tromsö", "tromso"), Query("istanbul", "istanbul"), Query("ISTANBUL", "istanbul"),
    Query("κωνσταντινουπολη", "istanbul"), Query("東", "tokyo"), Query("Ｔｏｋ", "tokyo"),
    Query("san san", "san"), Query("da nang", "da-nang"), Query("reykjavik", "reykjavik"),
    Query("orunha"), Query("ork"), Query("new bilbao"), Query("bilbaoo"), Query("京"),
  ]

  @Test("In any language, whatever the accents and capitals", arguments: queries)
  func search(query: Query) async throws {
    let found = try await register().client.searchMembers(.init(query: query.text))
    #expect(found.members.map { String($0.name.dropFirst(8)) } == query.found)
  }

  @Test("Pages of a search have each find once, in order")
  func pages() async throws {
    let register = try await register()
    let all = try await register.client.searchMembers(.init(query: "y")).members.map(\.name)
    #expect(all.count == 4)
    for size in 1...5 as ClosedRange<Int32> {
      var names: [String] = []
      var request = MembershipV1.SearchMembersRequest(query: "y", pageSize: size)
      repeat {
        let page = try await register.client.searchMembers(request)
        names += page.members.map(\.name)
        request.pageToken = page.nextPageToken
      } while !request.pageToken.isEmpty && names.count < 100
      #expect(names == all, "pages of \(size)")
    }
  }

  @Test(
    "A query without a word, or with too much, is refused",
    arguments: [
      "", "  ", "--", "\u{0}bil", "a b c d e f g h i j k", String(repeating: "a", count: 501),
    ])
  func refused(query: String) async throws {
    let register = try await TestRegister()
    let error = await failure { try await register.client.searchMembers(.init(query: query)) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.fieldViolations.first?.field == "query")
  }
}
