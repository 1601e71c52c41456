/// Flags of a program as gRPC's interop programs take them: `--name=value`, or `--name value`.
package struct Flags: Sendable {
  package struct Unusable: Error, CustomStringConvertible {
    package let description: String
  }

  private var values: [String: String] = [:]

  /// Throws when there is a flag that is not among `known`.
  package init(_ arguments: [String], known: [String]) throws(Unusable) {
    var rest = arguments[...]
    while let flag = rest.popFirst() {
      guard flag.hasPrefix("--") else { throw Unusable(description: "\(flag) is no flag") }
      let parts = flag.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard known.contains(name) else { throw Unusable(description: "no flag is called --\(name)") }
      guard let value = parts.dropFirst().first.map(String.init) ?? rest.popFirst() else {
        throw Unusable(description: "--\(name) needs a value")
      }
      values[name] = value
    }
  }

  package func text(_ name: String, _ fallback: String) -> String { values[name] ?? fallback }

  package func number(_ name: String, _ fallback: Int) throws(Unusable) -> Int {
    guard let value = values[name] else { return fallback }
    guard let number = Int(value) else { throw Unusable(description: "--\(name)=\(value)") }
    return number
  }

  package func isOn(_ name: String) -> Bool { values[name] == "true" }
}
