/// A statement, or a piece of one, with its values beside it.
///
/// What is interpolated is bound, or composed when it is `SQL` itself; nothing else gets into the
/// text but what `raw:` lets in.
package struct SQL: Hashable, Sendable {
  /// One more than the values: a value stands between two fragments.
  private var fragments: [String]
  package private(set) var values: [SQLValue] = []

  package init(_ text: StaticString) { fragments = [text.description] }

  private init(fragments: [String]) { self.fragments = fragments }

  /// The statement with `$1`, `$2`, … where its values stand.
  package var text: String {
    var text = fragments[0]
    for (number, fragment) in zip(1..., fragments.dropFirst()) {
      text += "$\(number)"
      text += fragment
    }
    return text
  }

  package static func + (left: SQL, right: SQL) -> SQL {
    var sum = left
    sum += right
    return sum
  }

  package static func += (left: inout SQL, right: SQL) {
    left.fragments[left.fragments.endIndex - 1] += right.fragments[0]
    left.fragments += right.fragments.dropFirst()
    left.values += right.values
  }

  /// The parts with `separator` between each two: `SQL.joined(conditions, by: " AND ")`.
  package static func joined(_ parts: some Sequence<SQL>, by separator: SQL) -> SQL {
    var whole = SQL(fragments: [""])
    for (index, part) in parts.enumerated() {
      if index > 0 { whole += separator }
      whole += part
    }
    return whole
  }
}

extension SQL: ExpressibleByStringInterpolation {
  package init(stringLiteral text: String) { fragments = [text] }

  package init(stringInterpolation parts: Parts) { self = parts.sql }

  package struct Parts: StringInterpolationProtocol {
    fileprivate var sql = SQL(fragments: [""])

    package init(literalCapacity: Int, interpolationCount: Int) {}

    package mutating func appendLiteral(_ text: String) {
      sql.fragments[sql.fragments.endIndex - 1] += text
    }

    /// Binds a value.
    package mutating func appendInterpolation(_ value: some SQLBindable) {
      sql.values.append(value.sqlValue)
      sql.fragments.append("")
    }

    /// Binds a value, or NULL.
    package mutating func appendInterpolation(_ value: (some SQLBindable)?) {
      appendInterpolation(value.sqlValue)
    }

    /// Composes: the piece comes with its own values.
    package mutating func appendInterpolation(_ piece: SQL) { sql += piece }

    /// Binds each value, with commas between: `IN (\(list: keys))`.
    package mutating func appendInterpolation(list values: some Sequence<some SQLBindable>) {
      sql += .joined(values.map { "\($0)" }, by: ", ")
    }

    /// Splices text of ours, a column's name. Never what came from outside.
    package mutating func appendInterpolation(raw text: String) { appendLiteral(text) }
  }
}
