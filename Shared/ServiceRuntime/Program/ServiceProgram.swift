internal import Foundation
internal import Observability
package import Protobuf
internal import RPC
internal import RPCServer
internal import Sockets
internal import StandardServices

/// A service as a program: its command line, its start, its end.
package struct ServiceProgram: Sendable {
  /// `membership`: in logs, and in the names of environment variables.
  package let name: String
  /// `cabildo-membership`: the executable.
  package let executable: String
  let files: [ProtoFile]
  let declarations: [SettingDeclaration]

  /// `listen` is the address when nobody says another; `files` are what reflection knows;
  /// `settings` are the program's own, beside `StandardSettings`.
  package init(
    _ name: String, listen: String, files: [ProtoFile], settings: [SettingDeclaration] = []
  ) {
    self.name = name
    executable = "cabildo-\(name)"
    self.files = files
    declarations = StandardSettings.declarations(listen: listen) + settings
  }

  /// Does what the command line says, to the end of the process. To serve, `assemble` is asked
  /// what; it may open what it needs, and what it throws ends the program.
  package func run(_ assemble: @Sendable (ServiceHost) async throws -> Serving) async -> Never {
    let signals = ProcessSignals()
    do {
      try await obey(CommandLine.arguments.dropFirst(), signals, assemble)
      exit(0)
    } catch {
      FileHandle.standardError.write(Data("\(executable): \(StartFailure.line(error))\n".utf8))
      exit(error is SettingsError ? 2 : 1)
    }
  }

  private func obey(
    _ arguments: ArraySlice<String>, _ signals: ProcessSignals,
    _ assemble: @Sendable (ServiceHost) async throws -> Serving
  ) async throws {
    let toggles = declarations.filter(\.isToggle).map(\.name)
    let invocation = try Invocation(Array(arguments), toggles: toggles, hasStore: false)
    switch invocation.command {
    case .help: return print(help)
    case .version: return print("\(executable) \(Build.version) (commit \(Build.commit))")
    default: break
    }
    let reader = SettingsReader(declarations, prefix: "CABILDO_\(name.uppercased())_")
    let settings = try reader.read(
      flags: invocation.flags, environment: ProcessInfo.processInfo.environment)
    switch invocation.command {
    case .printConfig: print(settings.printed, terminator: "")
    case .healthcheck: throw SettingsError("no healthcheck yet")
    case .serve: try await serve(settings, signals, assemble)
    case .migrate, .help, .version: break
    }
  }

  private func serve(
    _ settings: Settings, _ signals: ProcessSignals,
    _ assemble: @Sendable (ServiceHost) async throws -> Serving
  ) async throws {
    let writer = LogWriter()
    let level = LogLevel(settings[StandardSettings.logLevel]) ?? .info
    let host = ServiceHost(
      name: name, settings: settings, log: Log(service: name, level: level, writer: writer),
      loops: LoopGroup(threads: settings[StandardSettings.loops]))
    let running = try await RunningService(host, files, try await assemble(host))
    FileHandle.standardOutput.write(Data(startLine(running.addresses)))
    let (orders, order) = AsyncStream.makeStream(of: ProcessSignals.Signal.self)
    signals.listen { order.yield($0) }
    for await signal in orders where signal == .terminate { break }
    host.log.notice("stopping")
    await running.stop()
    host.log.notice("stopped")
    writer.close(within: .seconds(1))
  }

  private func startLine(_ addresses: [ListenAddress]) -> [UInt8] {
    var line = JSONLine()
    line.add("event", "started")
    line.add("service", .text(name))
    line.add("version", .text(Build.version))
    line.add("commit", .text(Build.commit))
    line.add("pid", .integer(Int(getpid())))
    line.add("addresses", .list(addresses.map { .text("\($0)") }))
    return line.finished()
  }
}
