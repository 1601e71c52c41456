/// The settings of a program as they came out: every declared one has a value that was checked.
package struct Settings: Sendable {
  /// Where a value came from.
  enum Source: Hashable, Sendable {
    case flag
    case environment(String)
    case file(String, line: Int)
    case standard
  }

  struct Resolved: Sendable {
    let declaration: SettingDeclaration
    let text: String?
    let source: Source
    let value: any Sendable
  }

  let resolved: [Resolved]
  private let values: [String: any Sendable]

  init(_ resolved: [Resolved]) {
    self.resolved = resolved
    values = Dictionary(
      resolved.map { ($0.declaration.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// The value of a setting that the program has declared.
  package subscript<Value>(_ setting: Setting<Value>) -> Value {
    guard let value = values[setting.name] as? SettingValue<Value> else {
      preconditionFailure("the setting \(setting.name) is not declared by this program")
    }
    return value.value
  }

  func source<Value>(of setting: Setting<Value>) -> Source {
    resolved.first { $0.declaration.name == setting.name }?.source ?? .standard
  }
}
