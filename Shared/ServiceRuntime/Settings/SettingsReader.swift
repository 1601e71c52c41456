internal import Foundation

/// Finds the value of each declared setting: flag > environment > file > default. What it does not
/// know, wherever it stands, it refuses, and names what is nearest.
struct SettingsReader {
  let declarations: [SettingDeclaration]
  /// `CABILDO_MEMBERSHIP_`: what environment variables of the program begin with.
  let prefix: String

  /// A secret is a line of a file, not a book.
  private static let maxSecretBytes = 64 * 1024
  private static let fileSuffix = "-file"
  static let configFlag = "config"

  /// One value as it was given.
  private struct Given {
    var text: String
    let source: Settings.Source
    /// How a fault calls it.
    let place: String
  }

  init(_ declarations: [SettingDeclaration], prefix: String) {
    self.declarations = declarations
    self.prefix = prefix
  }

  func read(flags: [CommandLineFlag], environment: [String: String]) throws(SettingsError)
    -> Settings
  {
    let fromFlags = try given(by: flags)
    let fromEnvironment = try given(by: environment)
    let path = fromFlags[Self.configFlag] ?? fromEnvironment[Self.configFlag]
    let fromFile = try path.map { path throws(SettingsError) in
      try given(by: ConfigurationFile(path: path.text))
    }
    var resolved: [Settings.Resolved] = []
    for declaration in declarations {
      var found: Given?
      for layer in [fromFlags, fromEnvironment, fromFile ?? [:]] where found == nil {
        found = try value(of: declaration, in: layer)
      }
      resolved.append(try resolve(declaration, found))
    }
    return Settings(resolved)
  }

  /// Every name that may be given, the twins of the secrets included.
  var names: [String] {
    [Self.configFlag] + declarations.map(\.name)
      + declarations.filter(\.isSecret).map { $0.name + Self.fileSuffix }
  }

  func variable(of name: String) -> String {
    prefix + name.uppercased().replacing("-", with: "_")
  }

  // MARK: The layers

  private func given(by flags: [CommandLineFlag]) throws(SettingsError) -> [String: Given] {
    var layer: [String: Given] = [:]
    for flag in flags {
      guard names.contains(flag.name) else {
        throw .unknown(
          "--\(flag.name)", in: nil,
          nearest: Spelling.nearest(to: flag.name, among: names).map { "--\($0)" })
      }
      let declaration = declarations.first { $0.name == flag.name }
      if declaration?.isSecret == true {
        throw SettingsError(
          "--\(flag.name) would show a secret to every user of this machine; use "
            + "--\(flag.name)\(Self.fileSuffix) or \(variable(of: flag.name))")
      }
      guard let text = flag.value ?? (declaration?.isToggle == true ? "true" : nil) else {
        throw SettingsError("--\(flag.name) is without its value")
      }
      try add(
        Given(text: text, source: .flag, place: "--\(flag.name)"), as: flag.name, to: &layer)
    }
    return layer
  }

  private func given(by environment: [String: String]) throws(SettingsError) -> [String: Given] {
    var layer: [String: Given] = [:]
    let known = Dictionary(
      names.map { (variable(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
    for (variable, text) in environment.sorted(by: { $0.key < $1.key })
    where variable.hasPrefix(prefix) {
      guard let name = known[variable] else {
        if environment["KUBERNETES_SERVICE_HOST"] != nil, isServiceLink(variable) { continue }
        let names = known.keys.map { String($0.dropFirst(prefix.count)) }.sorted()
        let nearest = Spelling.nearest(to: String(variable.dropFirst(prefix.count)), among: names)
        throw .unknown(variable, in: "environment", nearest: nearest.map { prefix + $0 })
      }
      layer[name] = Given(text: text, source: .environment(variable), place: variable)
    }
    return layer
  }

  /// What Kubernetes tells every container of a service that is called as the program.
  private func isServiceLink(_ variable: String) -> Bool {
    let rest = variable.dropFirst(prefix.count)
    return rest.wholeMatch(
      of: #/SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_[A-Z]+)?)?/#)
      != nil
  }

  private func given(by file: ConfigurationFile) throws(SettingsError) -> [String: Given] {
    var layer: [String: Given] = [:]
    let names = names.filter { $0 != Self.configFlag }
    for entry in file.entries {
      let place = "\(file.path):\(entry.line)"
      guard names.contains(entry.key) else {
        throw .unknown(
          entry.key, in: place, nearest: Spelling.nearest(to: entry.key, among: names))
      }
      let given = Given(
        text: entry.value, source: .file(file.path, line: entry.line),
        place: "\(place): \(entry.key)")
      try add(given, as: entry.key, to: &layer)
    }
    return layer
  }

  private func add(_ given: Given, as name: String, to layer: inout [String: Given])
    throws(SettingsError)
  {
    guard let before = layer[name] else {
      layer[name] = given
      return
    }
    guard declarations.first(where: { $0.name == name })?.isList == true else {
      throw SettingsError("\(given.place) is given twice")
    }
    layer[name]?.text = "\(before.text),\(given.text)"
  }

  // MARK: One value

  private func value(of declaration: SettingDeclaration, in layer: [String: Given])
    throws(SettingsError) -> Given?
  {
    let given = layer[declaration.name]
    guard declaration.isSecret, let file = layer[declaration.name + Self.fileSuffix] else {
      return given
    }
    if let given { throw SettingsError("\(given.place) and \(file.place) exclude each other") }
    guard let handle = FileHandle(forReadingAtPath: file.text),
      let data = try? handle.read(upToCount: Self.maxSecretBytes + 1) ?? Data(),
      data.count <= Self.maxSecretBytes, let text = String(data: data, encoding: .utf8)
    else {
      throw SettingsError("\(file.place): cannot read the secret in \(file.text)")
    }
    let secret = String(text[...].trimming { $0.isWhitespace })
    return Given(text: secret, source: file.source, place: file.place)
  }

  private func resolve(_ declaration: SettingDeclaration, _ given: Given?) throws(SettingsError)
    -> Settings.Resolved
  {
    let text = given?.text ?? declaration.defaultText
    do throws(SettingFault) {
      return Settings.Resolved(
        declaration: declaration, text: text, source: given?.source ?? .standard,
        value: try declaration.read(text))
    } catch {
      let place = given?.place ?? "the default of \(declaration.name)"
      let shown = declaration.isSecret ? "the secret" : "\"\(text ?? "")\""
      throw SettingsError("\(place): \(shown) \(error.text)")
    }
  }
}

extension SettingDeclaration {
  var isToggle: Bool { placeholder == "true|false" }
}
