/// A language as BCP 47 writes it, in the customary case: `es`, `pt-BR`, `zh-Hant`.
///
/// Well-formed by the grammar of RFC 5646; whether such a language exists is not asked.
package struct LanguageTag: Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package static let english = LanguageTag("en")!
  /// RFC 5646 section 4.4.1 says that 35 are enough for all but private ones.
  package static let maxBytes = 35

  package init?(_ text: some StringProtocol) {
    guard 1...Self.maxBytes ~= text.utf8.count,
      text.utf8.allSatisfy({ Self.isAlphanumeric($0) || $0 == UInt8(ascii: "-") })
    else { return nil }
    let parts = text.lowercased().split(separator: "-", omittingEmptySubsequences: false)
    guard Self.isWellFormed(parts[...]) else { return nil }
    description = Self.cased(parts)
  }

  /// The language without script, region and variants: `pt` of `pt-BR`.
  package var base: LanguageTag {
    let first = description.prefix { $0 != "-" }
    return LanguageTag(first) ?? self
  }

  /// language [-extlang] [-script] [-region] *(-variant) *(-extension) [-x-private]
  private static func isWellFormed(_ parts: ArraySlice<Substring>) -> Bool {
    var rest = parts
    func take(_ matches: (Substring) -> Bool) -> Bool {
      guard let part = rest.first, matches(part) else { return false }
      rest = rest.dropFirst()
      return true
    }
    guard let first = rest.first else { return false }
    if first != "x" {
      guard take({ isAlphabetic($0) && 2...8 ~= $0.utf8.count }) else { return false }
      if first.utf8.count <= 3 {
        for _ in 0..<3 where !take({ isAlphabetic($0) && $0.utf8.count == 3 }) { break }
      }
      _ = take { isAlphabetic($0) && $0.utf8.count == 4 }
      _ = take { isRegion($0) }
      while take(isVariant) {}
      while let singleton = rest.first, singleton.utf8.count == 1, singleton != "x" {
        rest = rest.dropFirst()
        guard take({ 2...8 ~= $0.utf8.count }) else { return false }
        while take({ 2...8 ~= $0.utf8.count }) {}
      }
    }
    guard let mark = rest.first else { return true }
    guard mark == "x" else { return false }
    rest = rest.dropFirst()
    return !rest.isEmpty && rest.allSatisfy { 1...8 ~= $0.utf8.count }
  }

  private static func isRegion(_ part: Substring) -> Bool {
    isAlphabetic(part) && part.utf8.count == 2
      || part.utf8.count == 3 && part.utf8.allSatisfy { 0x30...0x39 ~= $0 }
  }

  private static func isVariant(_ part: Substring) -> Bool {
    5...8 ~= part.utf8.count
      || part.utf8.count == 4 && part.utf8.first.map { 0x30...0x39 ~= $0 } == true
  }

  private static func isAlphabetic(_ part: Substring) -> Bool {
    part.utf8.allSatisfy { 0x61...0x7a ~= $0 }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: false
    }
  }

  /// Scripts in title case, regions in upper case, all else and all behind a singleton lower.
  private static func cased(_ parts: [Substring]) -> String {
    let tail = parts.firstIndex { $0.utf8.count == 1 } ?? parts.endIndex
    let words = parts.enumerated().map { index, part in
      guard index > 0, index < tail else { return String(part) }
      switch part.utf8.count {
      case 2: return part.uppercased()
      case 4 where isAlphabetic(part): return part.prefix(1).uppercased() + part.dropFirst()
      default: return String(part)
      }
    }
    return words.joined(separator: "-")
  }
}
