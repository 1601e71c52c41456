/// The last part of a resource's name: lower-case letters, digits and hyphens, a letter first and
/// no hyphen last, at most 63 (AIP-122).
package struct ResourceID: Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package static let maxBytes = 63

  package init?(_ text: some StringProtocol) {
    guard 1...Self.maxBytes ~= text.utf8.count, text.utf8.allSatisfy(Self.isAllowed),
      let first = text.utf8.first, 0x61...0x7a ~= first, !text.hasSuffix("-")
    else { return nil }
    description = String(text)
  }

  /// Made from a text: its folded words with hyphens between them. What has no Latin letters to
  /// begin with takes `prefix`, which does.
  package init(from text: String, prefix: ResourceID) {
    let words = FoldedText(text).words.map { word in
      String(decoding: word.utf8.filter(Self.isAlphanumeric), as: UTF8.self)
    }
    let joined = words.filter { !$0.isEmpty }.joined(separator: "-")
    self = Self(cut: joined) ?? Self(cut: "\(prefix)-\(joined)") ?? prefix
  }

  /// The same with a number behind it, cut where it would be too long.
  package func numbered(_ number: Int) -> ResourceID {
    let suffix = "-\(number)"
    let room = Self.maxBytes - suffix.utf8.count
    return ResourceID(description.prefix(room) + suffix) ?? self
  }

  private init?(cut text: String) {
    var text = text.prefix(Self.maxBytes)
    while text.last == "-" { text = text.dropLast() }
    self.init(text)
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || byte == UInt8(ascii: "-")
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    0x61...0x7a ~= byte || 0x30...0x39 ~= byte
  }
}
