/// A flag as it stands on the command line: `--name`, `--name value` or `--name=value`.
struct CommandLineFlag: Equatable {
  let name: String
  var value: String?
}

/// What the command line asks for.
struct Invocation: Equatable {
  enum Command: Equatable {
    case serve
    case migrate(Migrate)
    case healthcheck
    case help, version, printConfig
  }

  enum Migrate: String, CaseIterable { case status, plan, up }

  private(set) var command = Command.serve
  private(set) var flags: [CommandLineFlag] = []

  /// `toggles` are the flags that may stand without a value.
  init(_ arguments: [String], toggles: [String], hasStore: Bool) throws(SettingsError) {
    var words: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("-") else {
        words.append(argument)
        continue
      }
      switch argument {
      case "--help", "-h": command = .help
      case "--version": if command != .help { command = .version }
      case "--print-config": if command == .serve { command = .printConfig }
      default: flags.append(try Self.flag(argument, &rest, toggles))
      }
    }
    if command == .serve { command = try Self.command(words, hasStore: hasStore) }
  }

  private static func flag(
    _ argument: String, _ rest: inout ArraySlice<String>, _ toggles: [String]
  ) throws(SettingsError) -> CommandLineFlag {
    guard argument.hasPrefix("--"), argument.count > 2 else {
      throw SettingsError("\(argument) is no flag: flags begin with two dashes")
    }
    let parts = argument.dropFirst(2).split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    var flag = CommandLineFlag(
      name: String(parts[0]), value: parts.dropFirst().first.map(String.init))
    let isToggle = toggles.contains(flag.name)
    if flag.value == nil, let next = rest.first,
      isToggle ? Bool(next) != nil : !next.hasPrefix("--")
    {
      flag.value = next
      rest = rest.dropFirst()
    }
    return flag
  }

  private static func command(_ words: [String], hasStore: Bool) throws(SettingsError) -> Command {
    guard let first = words.first else { return .serve }
    let known = ["healthcheck"] + (hasStore ? ["migrate"] : [])
    switch first {
    case "healthcheck" where words.count == 1: return .healthcheck
    case "migrate" where hasStore:
      if words.count == 2, let step = Migrate(rawValue: words[1]) { return .migrate(step) }
      throw SettingsError("migrate takes one of status, plan, up")
    default:
      let nearest = Spelling.nearest(to: first, among: known).map { "; did you mean \($0)?" }
      throw SettingsError(
        known.contains(first)
          ? "\(first) takes no more words, only flags"
          : "there is no command \(first)\(nearest ?? "; --help lists what there is")")
    }
  }
}
