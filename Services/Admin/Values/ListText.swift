/// Several texts in one field of a table: `a; b`, with `\;` and `\\` for what would be misread.
enum ListText {
  static func join(_ texts: [String]) -> String {
    texts.map { $0.replacing("\\", with: "\\\\").replacing(";", with: "\\;") }
      .joined(separator: "; ")
  }

  /// Spaces around a text do not count; an empty one is none.
  static func split(_ text: String) -> [String] {
    var texts: [String] = []
    var current = ""
    var isEscaped = false
    for character in text {
      if isEscaped || (character != "\\" && character != ";") {
        current.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        texts.append(current)
        current = ""
      }
    }
    return (texts + [current]).map(trimmed).filter { !$0.isEmpty }
  }

  private static func trimmed(_ text: String) -> String {
    let start = text.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }
}
