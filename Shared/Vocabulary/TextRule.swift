/// What a text that a caller gives may be.
package struct TextRule: Sendable {
  package let maxBytes: Int
  package let mayBeBlank: Bool
  /// Line breaks and tabs may stand in it.
  package let hasLines: Bool

  package init(maxBytes: Int, mayBeBlank: Bool = false, hasLines: Bool = false) {
    self.maxBytes = maxBytes
    self.mayBeBlank = mayBeBlank
    self.hasLines = hasLines
  }

  package func violations(_ field: String, _ text: String) -> [Violation] {
    var found: [Violation] = []
    if text.utf8.count > maxBytes {
      found.append(
        Violation(field, .textTooLong, "\(text.utf8.count) bytes; at most \(maxBytes) may be"))
    }
    if !mayBeBlank, !text.unicodeScalars.contains(where: \.isVisible) {
      found.append(Violation(field, .required, "the text is blank"))
    }
    if text.utf8.contains(0) {
      found.append(Violation(field, .characterNotAllowed, "a NUL (U+0000) may not stand in a text"))
    } else if let control = text.unicodeScalars.first(where: isRefused) {
      let code = String(control.value, radix: 16, uppercase: true)
      let digits = String(repeating: "0", count: max(0, 4 - code.count)) + code
      found.append(
        Violation(field, .characterNotAllowed, "U+\(digits) is a control character"))
    }
    return found
  }

  private func isRefused(_ scalar: Unicode.Scalar) -> Bool {
    if hasLines, scalar == "\n" || scalar == "\r" || scalar == "\t" { return false }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    // They reorder what stands around a text (Unicode, UAX 9).
    default: return 0x202A...0x202E ~= scalar.value || 0x2066...0x2069 ~= scalar.value
    }
  }
}

extension Unicode.Scalar {
  /// Something that is seen by itself.
  fileprivate var isVisible: Bool {
    switch properties.generalCategory {
    case .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .nonspacingMark,
      .enclosingMark, .unassigned:
      false
    default: !properties.isWhitespace && !properties.isDefaultIgnorableCodePoint
    }
  }
}

extension String {
  /// Short, and without what would spoil a message that quotes it.
  package var printable: String {
    let scalars = unicodeScalars.prefix(Self.longestQuote).map { scalar in
      scalar.properties.generalCategory == .control ? "\u{fffd}" : scalar
    }
    let cut = unicodeScalars.count > Self.longestQuote ? "…" : ""
    return String(String.UnicodeScalarView(scalars)) + cut
  }

  private static var longestQuote: Int { 60 }
}
