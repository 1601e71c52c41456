// Of the standard library's normalization only the underscored form exists; Foundation's own
// stands on it too.
@_spi(_Unicode) internal import Swift

/// A text without what people leave out when they search or sort: case, accents, width, and the
/// difference between letters that many keyboards lack and those they are written with.
///
/// Accents fall in the alphabets whose readers leave them out: Latin, Greek, Cyrillic, Hebrew,
/// Arabic. In others a mark makes another letter (Hindi, Thai, Japanese) and stays.
package struct FoldedText: Hashable, Sendable {
  package let words: [String]

  package init(_ text: String) {
    var words: [String] = []
    var word = String.UnicodeScalarView()
    var dropsMarks = false
    for scalar in text._nfd {
      if Self.isMark(scalar) {
        if !dropsMarks, !word.isEmpty { word.append(scalar) }
        continue
      }
      if Self.isIgnored(scalar) { continue }
      guard scalar.properties.isAlphabetic || scalar.properties.numericType != nil else {
        if !word.isEmpty { words.append(String(word)) }
        word = .init()
        continue
      }
      dropsMarks = Self.losesMarks(scalar)
      Self.fold(scalar, into: &word)
    }
    if !word.isEmpty { words.append(String(word)) }
    self.words = words
  }

  /// The words with a space between them.
  package var joined: String { words.joined(separator: " ") }

  private static func fold(_ scalar: Unicode.Scalar, into word: inout String.UnicodeScalarView) {
    if 0x61...0x7a ~= scalar.value || 0x30...0x39 ~= scalar.value { return word.append(scalar) }
    // Full-width forms of ASCII stand in its order.
    let narrow = 0xff01...0xff5e ~= scalar.value ? scalar.value - 0xfee0 : scalar.value
    let plain = Unicode.Scalar(narrow) ?? scalar
    for lower in plain.properties.lowercaseMapping._nfd where !isMark(lower) {
      if let letters = spelledOut[lower] {
        word.append(contentsOf: letters.unicodeScalars)
      } else {
        word.append(lower)
      }
    }
  }

  /// Letters that no mark was put on, by what is typed for them.
  private static let spelledOut: [Unicode.Scalar: String] = [
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h",
    "ŧ": "t", "ŋ": "n", "ı": "i", "ĸ": "k", "ſ": "s", "ɓ": "b", "ɗ": "d", "ɖ": "d", "ƙ": "k",
    "ƴ": "y", "ə": "e", "ǝ": "e", "ɛ": "e", "ɔ": "o", "ς": "σ", "ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff",
    "ﬃ": "ffi", "ﬄ": "ffl", "ĳ": "ij", "ŀ": "l", "ŉ": "n",
    // Arabic letters that are written for one another.
    "ٱ": "ا", "ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك",
  ]

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x300 else { return false }
    return switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .spacingMark: true
    default: false
    }
  }

  /// Apostrophes, the Arabic stretching stroke, and what is not seen: they part no word.
  private static func isIgnored(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "'", "’", "‘", "ʼ", "ʻ", "ʿ", "ʾ", "`", "´", "ـ": true
    default: scalar.properties.generalCategory == .format
    }
  }

  private static func losesMarks(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case ..<0x0530, 0x0590..<0x0700, 0x0750..<0x0780, 0x08a0..<0x0900, 0x1d00..<0x2000,
      0x2c60..<0x2c80, 0xa720..<0xa800, 0xfb00..<0xfb07, 0xff00..<0xff60:
      true
    default: false
    }
  }
}
