/// The languages that a reader wants, the most wanted first.
package struct LanguagePreference: Hashable, Sendable {
  package let tags: [LanguageTag]

  package init(_ tags: [LanguageTag]) { self.tags = tags.isEmpty ? [.english] : tags }

  /// By an `accept-language` header (RFC 9110, 12.5.4). What is not well-formed is passed over: a
  /// header of a browser must never fail a call.
  package init(acceptLanguage header: String) {
    let ranges = header.utf8.count > Self.maxBytes ? [] : header.split(separator: ",")
    let weighted = ranges.enumerated().compactMap { index, range -> (LanguageTag, Double, Int)? in
      let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
      guard let tag = parts.first.flatMap({ LanguageTag($0) }) else { return nil }
      let quality = parts.dropFirst().first { $0.hasPrefix("q=") }
        .map { Double($0.dropFirst(2)) ?? 0 }
      return (tag, quality ?? 1, index)
    }
    self.init(
      weighted.filter { $0.1 > 0 }.sorted { ($1.1, $0.2) < ($0.1, $1.2) }.map(\.0))
  }

  /// A longer header is no list of languages that a person reads.
  package static let maxBytes = 1_000
}
