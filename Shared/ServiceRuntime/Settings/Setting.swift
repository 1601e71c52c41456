/// A value that an operator sets: its name, what it may be, and what it is when nobody says.
package struct Setting<Value: Sendable>: Sendable {
  package let declaration: SettingDeclaration

  /// `read` gets the text that was given, or the default, or nil where there is neither.
  package init(
    _ name: String, _ placeholder: String, default defaultText: String?, isSecret: Bool = false,
    isList: Bool = false, help: String,
    read: @escaping @Sendable (String?) throws(SettingFault) -> Value
  ) {
    declaration = SettingDeclaration(
      name: name, placeholder: placeholder, defaultText: defaultText, isSecret: isSecret,
      isList: isList, help: help
    ) { text throws(SettingFault) in SettingValue(value: try read(text)) }
  }

  package var name: String { declaration.name }
}

/// A setting without the type of its value.
package struct SettingDeclaration: Sendable {
  /// As the flag and the key of the file have it, `drain-timeout`.
  package let name: String
  /// What help writes where the value belongs, `DURATION`.
  package let placeholder: String
  package let defaultText: String?
  /// Never printed and never taken from the command line, where every user of the machine sees it.
  package let isSecret: Bool
  /// May be given several times, or with commas.
  package let isList: Bool
  package let help: String
  let read: @Sendable (String?) throws(SettingFault) -> any Sendable

  /// The same with a default of the program's own.
  func with(default text: String) -> SettingDeclaration {
    SettingDeclaration(
      name: name, placeholder: placeholder, defaultText: text, isSecret: isSecret, isList: isList,
      help: help, read: read)
  }
}

/// What is wrong with a value, in words that follow it: `is not a number`.
package struct SettingFault: Error, Hashable {
  package let text: String

  package init(_ text: String) { self.text = text }
}

/// Keeps a value's exact type while it is stored beside others, optional ones too.
struct SettingValue<Value: Sendable>: Sendable {
  let value: Value
}
