internal import Foundation
internal import Observability
package import Protobuf
internal import RPC
internal import Sockets
package import Storage

/// A service as a program: its command line, its start, its end.
package struct ServiceProgram: Sendable {
  /// `membership`: in logs, and in the names of environment variables.
  package let name: String
  /// `cabildo-membership`: the executable.
  package let executable: String
  let files: [ProtoFile]
  let migrations: [Migration]?
  let declarations: [SettingDeclaration]

  /// `listen` is the address when nobody says another; `files` are what reflection knows;
  /// `store` are the migrations of a service that keeps records; `settings` are the program's own,
  /// beside `StandardSettings`.
  package init(
    _ name: String, listen: String, files: [ProtoFile], store: [Migration]? = nil,
    settings: [SettingDeclaration] = []
  ) {
    self.name = name
    executable = "cabildo-\(name)"
    self.files = files
    migrations = store
    declarations =
      StandardSettings.declarations(listen: listen)
      + (store == nil ? [] : StandardSettings.ofStore) + settings
  }

  /// Does what the command line says, to the end of the process. To serve, `assemble` is asked
  /// what; it may open what it needs, and what it throws ends the program.
  package func run(_ assemble: @Sendable (ServiceHost) async throws -> Serving) async -> Never {
    let signals = ProcessSignals()
    do {
      try await obey(Array(CommandLine.arguments.dropFirst()), signals, assemble)
      exit(0)
    } catch {
      let line = "\(executable): \(StartFailure.line(error, program: self))\n"
      try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
      exit(error is SettingsError ? 2 : 1)
    }
  }

  var reader: SettingsReader {
    SettingsReader(declarations, prefix: "CABILDO_\(name.uppercased())_")
  }

  private func obey(
    _ arguments: [String], _ signals: ProcessSignals,
    _ assemble: @Sendable (ServiceHost) async throws -> Serving
  ) async throws {
    let toggles = declarations.filter(\.isToggle).map(\.name)
    let invocation = try Invocation(arguments, toggles: toggles, hasStore: migrations != nil)
    switch invocation.command {
    case .help: return print(help)
    case .version: return print("\(executable) \(Build.version) (commit \(Build.commit))")
    default: break
    }
    let settings = try readSettings(invocation.flags)
    switch invocation.command {
    case .printConfig: print(settings.printed, terminator: "")
    case .healthcheck: print(try await Healthcheck(settings).ask())
    case .migrate(let step): print(try await migrate(step, settings), terminator: "")
    case .serve: try await ServiceLife(self, invocation.flags, settings).serve(signals, assemble)
    case .help, .version: break
    }
  }

  func readSettings(_ flags: [CommandLineFlag]) throws(SettingsError) -> Settings {
    try reader.read(flags: flags, environment: ProcessInfo.processInfo.environment)
  }

  private func migrate(_ step: Invocation.Migrate, _ settings: Settings) async throws -> String {
    let writer = LogWriter()
    defer { writer.close(within: .seconds(1)) }
    let log = Log(service: name, level: .warning, writer: writer)
    return try await ServiceStore(name, migrations ?? [], settings).migrate(step, log: log)
  }
}
