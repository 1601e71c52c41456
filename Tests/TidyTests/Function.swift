/// A function, initializer or accessor as its lines show it: from its opening line to the brace
/// that closes at the same depth of indentation.
struct Function {
  let name: String
  let line: Int
  let length: Int

  static func all(in lines: [Substring]) -> [Function] {
    lines.indices.compactMap { start in
      guard let match = lines[start].firstMatch(of: opening), opensBody(lines[start...]) else {
        return nil
      }
      let closing = lines[start].prefix { $0 == " " } + "}"
      guard let end = lines[start...].dropFirst().firstIndex(where: { $0.hasPrefix(closing) })
      else { return nil }
      return Function(name: String(match.2), line: start + 1, length: end - start + 1)
    }
  }

  /// Whether the declaration that begins here has a body of more than its own line.
  private static func opensBody(_ lines: ArraySlice<Substring>) -> Bool {
    let depth = lines.first?.prefix { $0 == " " }.count ?? 0
    let declaration = lines.dropFirst().prefix { line in
      line.prefix { $0 == " " }.count > depth || line.dropFirst(depth).first == ")"
    }
    if lines.first?.hasSuffix("{") == true { return true }
    if lines.first?.hasSuffix("}") == true { return false }
    let next = lines.dropFirst(declaration.count + 1).first?.dropFirst(depth)
    return next == "{" || declaration.last?.hasSuffix("{") == true
      || declaration.contains { $0.hasSuffix(") {") }
  }

  private static var opening: Regex<(Substring, Substring?, Substring)> {
    /^ *([a-z@()]+ )*(func +[^ (<]+|init[?]?\(|deinit)/
  }
}
