import ArgumentParser
import Foundation

struct ContextCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "context", abstract: "Keeps the servers that you work with, by name.",
    discussion: """
      They are kept in $XDG_CONFIG_HOME/cabildo/config. A context holds the address, how to trust \
      it, and where its token lies; never the token.
      """,
    subcommands: [
      ContextSet.self, ContextUse.self, ContextList.self, ContextShow.self, ContextDelete.self,
    ])
}

struct ContextSet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Makes a context, or changes one.",
    discussion: """
      Takes --server, --tls, --ca and --token-file; what is not given stays as it was.

      Examples:
      $ cabildo context set home --server localhost:8080
      $ cabildo context set home --token-file tokens/me
      """)

  @Argument(help: "Its name.")
  var name: String

  @Flag(help: "Make it the current one.")
  var use = false

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws { try global.refuseDryRun() }

  func run() async throws {
    var file = try ContextFile.read()
    var context =
      file.contexts[name] ?? ContextFile.Context(server: ConnectionSettings.defaultServer)
    if let server = global.server { context.server = server }
    if let ca = global.ca { context.ca = Self.absolute(ca) }
    if global.tls || global.ca != nil { context.tls = true }
    if let token = global.tokenFile { context.tokenFile = Self.absolute(token) }
    file.contexts[name] = context
    if use || file.current == nil { file.current = name }
    try file.write()
  }

  /// The file is found from any folder later.
  private static func absolute(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.path
  }
}

struct ContextUse: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "use", abstract: "Makes a context the current one.",
    discussion: """
      Example:
      $ cabildo context use home
      """)

  @Argument(help: "Its name.")
  var name: String

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws { try global.refuseDryRun() }

  func run() async throws {
    var file = try ContextFile.read()
    _ = try file.context(name)
    file.current = name
    try file.write()
  }
}

struct ContextList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the contexts.",
    discussion: """
      Examples:
      $ cabildo context list
      $ cabildo context list -o json
      """)

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func run() async throws {
    let file = try ContextFile.read()
    let names = file.contexts.keys.sorted()
    try file.write(names, global.output)
  }
}

struct ContextShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows a context, else the current one.",
    discussion: """
      Example:
      $ cabildo context show home
      """)

  @Argument(help: "Its name.")
  var name: String?

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func run() async throws {
    let file = try ContextFile.read()
    guard let name = name ?? file.current else {
      throw UsageError("no context is current", advice: "cabildo context set NAME makes one.")
    }
    _ = try file.context(name)
    try file.write([name], global.output)
  }
}

struct ContextDelete: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Forgets a context. Its token file stays.",
    discussion: """
      Example:
      $ cabildo context delete home
      """)

  @Argument(help: "Its name.")
  var name: String

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws { try global.refuseDryRun() }

  func run() async throws {
    var file = try ContextFile.read()
    _ = try file.context(name)
    file.contexts[name] = nil
    if file.current == name { file.current = nil }
    try file.write()
  }
}

extension ContextFile {
  fileprivate func write(_ names: [String], _ format: OutputFormat?) throws {
    let titles = ["CURRENT", "NAME", "SERVER", "TLS", "CA", "TOKEN FILE"]
    let rows = names.map { name -> [String] in
      let context = contexts[name]
      return [
        name == current ? "*" : "", name, context?.server ?? "",
        context?.tls == true ? "yes" : "no", context?.ca ?? "", context?.tokenFile ?? "",
      ]
    }
    try PlainRows(titles: titles, rows: rows).write(format)
  }
}
