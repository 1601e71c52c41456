import Testing
import Vocabulary

@Suite struct RequestTests {
  @Test(
    "A filter is conditions joined by AND",
    arguments: [
      ("", []), ("  ", []), ("kind = CITY", ["kind=CITY"]),
      ("section=\"sections/europe\" AND kind = 'CITY'", ["kind=CITY", "section=sections/europe"]),
      ("a = \"x \\\" y\"", ["a=x \" y"]), ("a=\"ñ AND b\"", ["a=ñ AND b"]),
    ])
  func filters(text: String, conditions: [String]) throws {
    #expect(try Filter(text).conditions.map { "\($0.field)=\($0.value)" } == conditions)
  }

  @Test(
    "What is no filter says where it stops being one",
    arguments: [
      ("kind", 5), ("kind =", 7), ("kind > 3", 6), ("= CITY", 1), ("kind = CITY kind = CITY", 13),
      ("kind = CITY OR a = b", 13), ("(kind = CITY)", 1), ("kind = CITY AND", 16),
      ("kind = \"CITY", 8), ("kind = CITY AND kind = REGION", 17), ("kind : CITY", 6),
      ("kind = CITY AND ", 17), ("NOT kind = CITY", 5), ("1 = 1", 1), ("kind = ñ", 8),
    ])
  func notFilters(text: String, column: Int) {
    #expect { try Filter(text) } throws: { ($0 as? FilterError)?.column == column }
  }

  @Test("A filter has a limit")
  func longFilter() {
    #expect(throws: FilterError.self) { try Filter(String(repeating: " ", count: 3_000)) }
  }

  private let token = PageToken([.bytes([0, 255, 7]), .integer(-5)])

  @Test("A token comes back for its query")
  func comesBack() throws {
    #expect(try PageToken(token.text(for: "q"), for: "q") == token)
  }

  @Test("A token of another query says so")
  func anotherQuery() {
    #expect(throws: PageToken.Fault.ofAnotherQuery) {
      try PageToken(token.text(for: "q"), for: "p")
    }
  }

  @Test("A token with any bit flipped, cut or grown is none")
  func damaged() {
    let text = token.text(for: "q")
    for index in text.utf8.indices {
      var bytes = Array(text.utf8)
      bytes[text.utf8.distance(from: text.utf8.startIndex, to: index)] ^= 1
      #expect(throws: PageToken.Fault.invalid) {
        try PageToken(String(decoding: bytes, as: UTF8.self), for: "q")
      }
    }
    for count in 0..<text.count {
      #expect(throws: PageToken.Fault.invalid) {
        try PageToken(String(text.prefix(count)), for: "q")
      }
    }
  }

  @Test(
    "Garbage is no token",
    arguments: [
      "x", "00", String(repeating: "0", count: 32), "ﬀ", "\u{0}",
      String(repeating: "ab", count: 9_000),
    ])
  func garbage(text: String) {
    #expect(throws: PageToken.Fault.invalid) { try PageToken(text, for: "q") }
  }

  @Test("The countries are those of ISO 3166-1, and one that it leaves to its users")
  func countries() {
    #expect(CountryCode.all.count == 250)
    #expect(CountryCode("ES") != nil)
    #expect(CountryCode("XK") != nil)
    for text in ["es", "ESP", "", "AN", "UK", "ZZ", "EU", "É"] { #expect(CountryCode(text) == nil) }
  }
}
