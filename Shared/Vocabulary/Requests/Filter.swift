/// A filter of a list method: conditions on fields, all of which must hold (AIP-160, of which
/// `field = "value"` and `AND` are understood).
package struct Filter: Hashable, Sendable {
  package struct Condition: Hashable, Sendable {
    package let field: String
    package let value: String
    /// Where it begins, counted from 1.
    package let column: Int
  }

  /// In the order of their fields, so that equal filters are equal.
  package let conditions: [Condition]

  package init(_ text: String) throws(FilterError) {
    guard text.utf8.count <= Self.maxBytes else {
      throw FilterError(column: Self.maxBytes, "a filter has at most \(Self.maxBytes) bytes")
    }
    var parser = FilterParser(text)
    conditions = try parser.conditions().sorted { $0.field < $1.field }
  }

  package var fields: [String] { conditions.map(\.field) }

  package subscript(_ field: String) -> Condition? {
    conditions.first { $0.field == field }
  }

  package static let maxBytes = 2_000
}

/// Where a filter stops being one.
package struct FilterError: Error, Hashable {
  /// Counted from 1, in characters.
  package let column: Int
  package let description: String

  package init(column: Int, _ description: String) {
    self.column = column
    self.description = description
  }
}

private struct FilterParser {
  private let characters: [Character]
  private var position = 0

  init(_ text: String) { characters = Array(text) }

  mutating func conditions() throws(FilterError) -> [Filter.Condition] {
    var found: [Filter.Condition] = []
    skipSpace()
    guard position < characters.count else { return [] }
    while true {
      let start = position
      let condition = try condition()
      guard !found.contains(where: { $0.field == condition.field }) else {
        throw error("the field \(condition.field) stands twice", at: start)
      }
      found.append(condition)
      guard position < characters.count else { return found }
      try conjunction()
    }
  }

  private mutating func condition() throws(FilterError) -> Filter.Condition {
    let start = position
    let field = word()
    guard let first = field.first, first.isLetter else {
      throw error("a field is wanted here", at: start)
    }
    skipSpace()
    guard position < characters.count, characters[position] == "=" else {
      throw error("\"=\" is wanted behind \(field): no other comparison is understood")
    }
    position += 1
    skipSpace()
    let value = try value()
    skipSpace()
    return Filter.Condition(field: field, value: value, column: start + 1)
  }

  private mutating func value() throws(FilterError) -> String {
    let start = position
    guard position < characters.count else { throw error("a value is wanted here") }
    if characters[position] == "\"" || characters[position] == "'" { return try quoted() }
    let value = word()
    guard !value.isEmpty else { throw error("a value is wanted here", at: start) }
    return value
  }

  private mutating func quoted() throws(FilterError) -> String {
    let start = position
    let quote = characters[position]
    position += 1
    var value = ""
    while position < characters.count, characters[position] != quote {
      if characters[position] == "\\", position + 1 < characters.count { position += 1 }
      value.append(characters[position])
      position += 1
    }
    guard position < characters.count else { throw error("the quote does not end", at: start) }
    position += 1
    return value
  }

  private mutating func conjunction() throws(FilterError) {
    let start = position
    guard word() == "AND" else {
      throw error("AND is wanted here: neither OR, NOT nor parentheses are understood", at: start)
    }
    skipSpace()
  }

  /// Letters, digits, and what stands in names of resources.
  private mutating func word() -> String {
    let start = position
    while position < characters.count, isWord(characters[position]) { position += 1 }
    return String(characters[start..<position])
  }

  private func isWord(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "_-/.".contains(character))
  }

  private mutating func skipSpace() {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
  }

  private func error(_ description: String, at start: Int? = nil) -> FilterError {
    FilterError(column: (start ?? position) + 1, description)
  }
}
