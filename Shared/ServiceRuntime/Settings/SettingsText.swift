// Settings as people read them: the help, and what came out of all sources.

extension Settings {
  /// Every value and where it came from, as a file that `--config` takes. Secrets are masked, and
  /// stand behind "#" so that no mask is ever read as a value.
  var printed: String {
    let lines = resolved.map { setting -> (String, String) in
      let name = setting.declaration.name
      guard let text = setting.text else { return ("# \(name) =", "not set") }
      if setting.declaration.isSecret { return ("# \(name) = ********", "\(setting.source)") }
      return ("\(name) = \(Self.quoted(text))", "\(setting.source)")
    }
    let width = lines.map { $0.0.count }.max() ?? 0
    return lines.map { line, source in
      "\(line)\(String(repeating: " ", count: width - line.count))  # \(source)\n"
    }.joined()
  }

  private static func quoted(_ text: String) -> String {
    let isPlain = text.allSatisfy { $0 != "\"" && $0 != "#" && $0 != "\\" && !$0.isNewline }
    let isTrimmed = text.first?.isWhitespace == false && text.last?.isWhitespace == false
    guard !isPlain || !isTrimmed else { return text }
    return "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}

extension Settings.Source: CustomStringConvertible {
  var description: String {
    switch self {
    case .flag: "flag"
    case .environment(let variable): "environment \(variable)"
    case .file(let path, let line): "file \(path):\(line)"
    case .standard: "default"
    }
  }
}

extension SettingDeclaration {
  /// The lines of the help about it.
  func help(variable: String) -> String {
    let flag = isSecret ? "--\(name)-file FILE" : "--\(name) \(placeholder)"
    let environment = isSecret ? "\(variable) or \(variable)_FILE" : variable
    let also = isList ? "May be given several times. " : ""
    let standard = defaultText.map { "Default \($0). " } ?? ""
    return "  \(flag)\n      \(help) \(also)\(standard)[\(environment)]\n"
  }
}
