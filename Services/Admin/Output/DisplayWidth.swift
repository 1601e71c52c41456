/// How many columns a text takes on a terminal, and texts made to fit.
enum DisplayWidth {
  static let ellipsis = "…"

  static func of(_ text: some StringProtocol) -> Int { text.reduce(0) { $0 + of($1) } }

  static func of(_ character: Character) -> Int {
    let scalars = character.unicodeScalars
    guard let first = scalars.first else { return 0 }
    if isWide(first) || scalars.contains(variationToEmoji) { return 2 }
    return scalars.reduce(0) { $0 + (takesNothing($1) ? 0 : 1) }
  }

  /// The text, cut to so many columns if it takes more; the cut is shown.
  static func fit(_ text: String, in columns: Int) -> String {
    guard of(text) > columns else { return text }
    guard columns > 0 else { return "" }
    var result = ""
    var left = columns - 1
    for character in text {
      left -= of(character)
      guard left >= 0 else { break }
      result.append(character)
    }
    return result + ellipsis
  }

  static func pad(_ text: String, to columns: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, columns - of(text)))
    return right ? space + text : text + space
  }

  /// What would move the cursor, change colours or turn the direction of the text is written out:
  /// a name in a register must not command the terminal of its reader.
  static func harmless(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: commands) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += #"\n"#
      case "\t": result += #"\t"#
      case "\r": result += #"\r"#
      case _ where commands(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static let variationToEmoji: Unicode.Scalar = "\u{fe0f}"

  private static func commands(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069: true
    default: false
    }
  }

  /// Marks that stand on another character, and what is not seen.
  private static func takesNothing(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .control, .format: true
    default: false
    }
  }

  /// East Asian Wide and Fullwidth (UAX 11), and what is shown as an emoji.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isEmojiPresentation { return true }
    return switch scalar.value {
    case 0x1100...0x115f, 0x2329...0x232a, 0x2e80...0x303e, 0x3041...0x4dbf, 0x4e00...0xa4cf,
      0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6b,
      0xff01...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18df2, 0x1aff0...0x1b2fb,
      0x1f200...0x1f265, 0x20000...0x3fffd:
      true
    default: false
    }
  }
}
