/// The text of a list's filter (AIP-160): fields that must have a value, all of them.
enum Filter {
  static func text(_ conditions: [(field: String, value: String?)]) -> String {
    conditions.compactMap { field, value in value.map { "\(field) = \(quoted($0))" } }
      .joined(separator: " AND ")
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
