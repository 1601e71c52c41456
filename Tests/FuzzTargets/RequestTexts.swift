internal import ChangeFeed
internal import MembershipDomain
internal import Vocabulary

/// What callers write into requests: filters, orders, tokens of pages, cursors, names, languages.
enum RequestTexts {
  static func check(_ bytes: [UInt8]) throws(Finding) {
    let text = String(decoding: bytes, as: UTF8.self)
    try filter(text)
    try tokens(text, bytes)
    try names(text)
    let rule = TextRule(maxBytes: 64, hasLines: bytes.count & 1 == 0)
    let isLong = text.utf8.count > 64
    try expect(
      !isLong || !rule.violations("text", text).isEmpty, "a text over its length is allowed")
  }

  private static func filter(_ text: String) throws(Finding) {
    let filter: Filter
    do throws(FilterError) {
      filter = try Filter(text)
    } catch {
      let columns = 1...max(text.count + 1, Filter.maxBytes)
      return try expect(columns.contains(error.column), "a fault in column \(error.column)")
    }
    try expect(filter.fields == Set(filter.fields).sorted(), "fields twice or out of order")
    let again = filter.conditions.map { "\($0.field) = \(quoted($0.value))" }
      .joined(separator: " AND ")
    guard again.utf8.count <= Filter.maxBytes else { return }
    guard let same = try? Filter(again) else { throw Finding("no filter any more: \(again)") }
    try expect(
      same.conditions.map(\.value) == filter.conditions.map(\.value), "other values: \(again)")
    _ = try? MemberQuery(filter: text, orderBy: text, recordedNow: true)
  }

  private static func quoted(_ value: String) -> String {
    "\"" + value.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
  }

  private static func tokens(_ text: String, _ bytes: [UInt8]) throws(Finding) {
    if let token = try? PageToken(text, for: "q") {
      try expect(token.text(for: "q") == text, "a page's token is not what it says")
    }
    if let cursor = Cursor(text: text) {
      try expect(cursor.text == text, "a cursor is not what it says")
    }
    let token = PageToken([.bytes(bytes), .integer(Int64(bytes.count))])
    let written = token.text(for: text)
    if written.utf8.count <= PageToken.maxBytes {
      try expect((try? PageToken(written, for: text)) == token, "a page's token is not read")
      try expect((try? PageToken(written, for: text + "x")) == nil, "a token of another query")
    }
  }

  private static func names(_ text: String) throws(Finding) {
    if let tag = LanguageTag(text) {
      try expect(LanguageTag(tag.description) == tag, "another language: \(tag)")
      try expect(tag.base.base == tag.base, "the base of \(tag) has another")
    }
    if let path = MemberPath(text) {
      try expect(MemberPath(path.description) == path, "another path: \(path)")
    }
    guard let prefix = ResourceID("member") else { throw Finding("member is no id") }
    let made = ResourceID(from: text, prefix: prefix)
    try expect(ResourceID(made.description) == made, "an id is made that is none: \(made)")
    let numbered = made.numbered(text.utf8.count)
    try expect(ResourceID(numbered.description) == numbered, "no id with a number: \(numbered)")
    let folded = FoldedText(text)
    try expect(!folded.words.contains(""), "a word of nothing")
    try expect(text.printable.unicodeScalars.count <= 61, "a quote that is long")
  }
}
