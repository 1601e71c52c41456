/// Several texts in one field of a table: `a; b`, or with another mark between them. A backslash
/// stands before what would be misread: the mark, a backslash, a space at the beginning or end.
enum ListText {
  private static let escape: Unicode.Scalar = "\\"

  static func join(_ texts: [String], by mark: Unicode.Scalar = ";") -> String {
    let space = mark == ";" ? "" : " "
    return texts.map { escaped($0, mark) }.joined(separator: "\(space)\(mark) ")
  }

  /// The texts that are not empty.
  static func split(_ text: String) -> [String] { fields(text, at: ";").filter { !$0.isEmpty } }

  /// All texts between the marks. Spaces around a text do not count.
  static func fields(_ text: String, at mark: Unicode.Scalar) -> [String] {
    var fields: [String] = []
    var field = Field()
    var isEscaped = false
    for scalar in text.unicodeScalars {
      if !isEscaped, scalar == escape {
        isEscaped = true
        continue
      }
      if !isEscaped, scalar == mark {
        fields.append(field.text)
        field = Field()
      } else {
        field.take(scalar, isEscaped: isEscaped)
      }
      isEscaped = false
    }
    // A backslash at the end stands for itself.
    if isEscaped { field.take(escape, isEscaped: true) }
    return fields + [field.text]
  }

  /// A text as it is read, without the spaces around it.
  private struct Field {
    private var scalars = String.UnicodeScalarView()
    /// Up to the last that is no space, or an escaped one.
    private var end = 0

    mutating func take(_ scalar: Unicode.Scalar, isEscaped: Bool) {
      let counts = isEscaped || !scalar.properties.isWhitespace
      guard counts || !scalars.isEmpty else { return }
      scalars.append(scalar)
      if counts { end = scalars.count }
    }

    var text: String { String(String.UnicodeScalarView(scalars.prefix(end))) }
  }

  private static func escaped(_ text: String, _ mark: Unicode.Scalar) -> String {
    let scalars = text.unicodeScalars
    let last = scalars.count - 1
    var escaped = String.UnicodeScalarView()
    for (index, scalar) in scalars.enumerated() {
      let isAtEdge = (index == 0 || index == last) && scalar.properties.isWhitespace
      if scalar == mark || scalar == escape || isAtEdge { escaped.append(escape) }
      escaped.append(scalar)
    }
    return String(escaped)
  }
}
