import Testing
import Vocabulary

@Suite struct LanguageTests {
  @Test(
    "A language tag is well-formed by BCP 47, and written in the customary case",
    arguments: [
      ("en", "en"), ("PT-br", "pt-BR"), ("ZH-hant-tw", "zh-Hant-TW"), ("es-419", "es-419"),
      ("sl-rozaj-biske", "sl-rozaj-biske"), ("de-CH-1901", "de-CH-1901"),
      ("en-u-ca-buddhist", "en-u-ca-buddhist"), ("x-private", "x-private"),
      ("zh-yue-HK", "zh-yue-HK"), ("de-x-AA", "de-x-aa"), ("gsw", "gsw"),
    ])
  func wellFormed(text: String, written: String) {
    #expect(LanguageTag(text)?.description == written)
  }

  @Test(
    "Anything else is none",
    arguments: [
      "", "e", "en_GB", "en-", "-en", "en--GB", "english language", "en-u", "x",
      "toolonglanguage", "en\u{0}", "ñ", "en-GB-x", "1a",
      "aa-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa",
    ])
  func malformed(text: String) { #expect(LanguageTag(text) == nil) }

  private static let bilbao = LocalizedText(
    ["es": "Bilbao", "eu": "Bilbo", "pt-BR": "Bilbau"], original: "eu")

  @Test(
    "A reader is shown the nearest text, and told when it is none of theirs",
    arguments: [
      (["es"], "es", false), (["es-MX"], "es", false), (["pt"], "pt-BR", false),
      (["pt-PT"], "pt-BR", false), (["fr"], "eu", true), (["fr", "es"], "es", false),
      ([], "eu", true),
    ])
  func shown(asked: [String], language: String, isFallback: Bool) {
    let preference = LanguagePreference(asked.compactMap { LanguageTag($0) })
    let shown = Self.bilbao.shown(preference)
    #expect(shown?.language == language)
    #expect(shown?.isFallback == isFallback)
    #expect(shown?.text == Self.bilbao.values[language])
  }

  @Test("Without an original language English comes before the alphabet")
  func withoutOriginal() {
    let preference = LanguagePreference([LanguageTag("fr")!])
    #expect(LocalizedText(["en": "The Hague", "de": "Haag"]).shown(preference)?.language == "en")
    #expect(LocalizedText(["nl": "Den Haag", "de": "Haag"]).shown(preference)?.language == "de")
    #expect(LocalizedText().shown(preference) == nil)
  }

  @Test(
    "A header's languages by their weight, and nothing of it is an error",
    arguments: [
      ("es-ES,es;q=0.9,fr;q=0.8", ["es-ES", "es", "fr"]), ("fr;q=0.1, eu ; q=0.5", ["eu", "fr"]),
      ("*", ["en"]), ("", ["en"]), ("de;q=0, it", ["it"]), (";;;,,,q=", ["en"]),
      ("fr;q=x, es", ["es"]),
    ])
  func acceptLanguage(header: String, languages: [String]) {
    #expect(LanguagePreference(acceptLanguage: header).tags.map(\.description) == languages)
  }

  @Test("Texts are refused with where and why, all at once")
  func violations() {
    let text = LocalizedText(
      ["en": "", "no_such": "x", "es": "a\u{0}b", "fr": String(repeating: "é", count: 251)],
      original: "de")
    let found = text.violations("display_name", maxBytes: 500)
    #expect(
      found.map { "\($0.field) \($0.reason.rawValue)" } == [
        "display_name.values.en REQUIRED",
        "display_name.values.es CHARACTER_NOT_ALLOWED",
        "display_name.values.fr TEXT_TOO_LONG",
        "display_name.values.no_such LANGUAGE_INVALID",
        "display_name.original_language LANGUAGE_INVALID",
      ])
  }

  @Test("Two ways to write one language are one language")
  func twice() {
    let text = LocalizedText(["PT-br": "a", "pt-BR": "b"]).normalized
    #expect(text.values.count == 2)
    #expect(
      text.violations("t", maxBytes: 9).map(\.reason) == [.languageInvalid])
  }

  @Test(
    "A text of which nothing is seen is blank",
    arguments: ["", " ", "\u{200b}", "\u{feff}", "\u{301}", "\u{3164}", "\u{a0}\u{2060}"])
  func blank(text: String) {
    #expect(TextRule(maxBytes: 9).violations("f", text).map(\.reason) == [.required])
  }

  @Test(
    "A control character is named, and what reorders or breaks a line",
    arguments: [
      "\u{7}", "a\u{85}b", "\u{1b}[31m", "a\nb", "\u{202e}evil", "a\u{2028}b", "a\u{2067}",
    ])
  func controls(text: String) {
    #expect(TextRule(maxBytes: 9).violations("f", text).map(\.reason) == [.characterNotAllowed])
  }

  @Test("Lines may stand where lines are wanted")
  func lines() {
    #expect(TextRule(maxBytes: 9, hasLines: true).violations("f", "a\r\nb\tc") == [])
  }
}
