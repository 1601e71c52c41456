import Testing
import Vocabulary

@Suite struct FoldedTextTests {
  @Test(
    "Case, accents and width do not count, in any script",
    arguments: [
      ("BILBAO", "bilbao"), ("A Coruña", "a coruna"), ("Łódź", "lodz"), ("Malmö", "malmo"),
      ("Tromsø", "tromso"), ("Straße", "strasse"), ("STRASSE", "strasse"), ("Æbelø", "aebelo"),
      ("Œuvre", "oeuvre"), ("Đà Nẵng", "da nang"), ("İstanbul", "istanbul"),
      ("Ağrı", "agri"), ("Ｔｏｋｙｏ", "tokyo"), ("Reykjavík", "reykjavik"), ("Þórshöfn", "thorshofn"),
      ("Saint-Denis", "saint denis"), ("L'Hospitalet", "lhospitalet"), ("Xi’an", "xian"),
      ("São Paulo/SP", "sao paulo sp"), ("Ελλάδα", "ελλαδα"), ("ΑΘΗΝΑΣ", "αθηνασ"),
      ("Αθήνας", "αθηνασ"), ("Йошкар-Ола", "иошкар ола"), ("Ё", "е"), ("КИЇВ", "киів"),
      ("Київ", "киів"), ("القاهِرة", "القاهره"), ("القاهره", "القاهره"), ("أكادير", "اكادير"),
      ("اكادير", "اكادير"), ("תֵּל אָבִיב", "תל אביב"), ("北京市", "北京市"), ("서울", "서울"),
      ("  New   York  ", "new york"), ("", ""), ("--", ""), ("Zürich 2", "zurich 2"),
    ])
  func folding(text: String, folded: String) {
    // By scalars: Swift holds strings equal that Unicode does.
    #expect(
      Array(FoldedText(text).joined.unicodeScalars)
        == Array(FoldedText(folded).joined.unicodeScalars))
    #expect(FoldedText(text).joined == folded)
  }

  @Test(
    "Composed or not, it is the same",
    arguments: [
      ("Malm\u{f6}", "Malmo\u{308}"), ("\u{1e68}", "s\u{307}\u{323}"), ("が", "か\u{3099}"),
      ("가", "\u{1100}\u{1161}"), ("हिन्दी", "हिन्दी"),
    ])
  func composition(one: String, other: String) {
    #expect(Array(FoldedText(one).joined.utf8) == Array(FoldedText(other).joined.utf8))
  }

  @Test("Marks that make another letter stay")
  func marksStay() {
    #expect(FoldedText("が") != FoldedText("か"))
    #expect(FoldedText("दिल्ली") != FoldedText("दलल"))
  }

  @Test(
    "An id is made from a name",
    arguments: [
      ("Bilbao", "bilbao"), ("A Coruña", "a-coruna"), ("São Paulo", "sao-paulo"),
      ("L'Hospitalet de Llobregat", "lhospitalet-de-llobregat"), ("北京", "member"),
      ("4th Ward", "member-4th-ward"), ("", "member"),
      (
        String(repeating: "abcdefghi ", count: 9),
        "abcdefghi-abcdefghi-abcdefghi-abcdefghi-abcdefghi-abcdefghi-abc"
      ),
    ])
  func ids(name: String, id: String) throws {
    let prefix = try #require(ResourceID("member"))
    #expect(ResourceID(from: name, prefix: prefix).description == id)
  }

  @Test("A number behind an id stays within what an id may have")
  func numbered() throws {
    let long = try #require(ResourceID(String(repeating: "a", count: 63)))
    #expect(long.numbered(12).description == String(repeating: "a", count: 60) + "-12")
  }

  @Test(
    "Anything else is no id",
    arguments: [
      "", "Bilbao", "1a", "-a", "a-", "a_b", "a b", "ñ", String(repeating: "a", count: 64),
    ])
  func notIDs(text: String) { #expect(ResourceID(text) == nil) }
}
