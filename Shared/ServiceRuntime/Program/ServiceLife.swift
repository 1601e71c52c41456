internal import Foundation
internal import Observability
internal import RPC
internal import Sockets
internal import Storage

/// A program that serves, from its start to its end.
struct ServiceLife {
  private let program: ServiceProgram
  private let flags: [CommandLineFlag]
  private let settings: Settings
  private let writer = LogWriter()
  private let log: Log
  private let metrics = MetricsRegistry()

  /// What the end may take beyond the time for open calls.
  private static let endTimeout = Duration.seconds(10)

  init(_ program: ServiceProgram, _ flags: [CommandLineFlag], _ settings: Settings) {
    self.program = program
    self.flags = flags
    self.settings = settings
    log = Log(service: program.name, level: settings.logLevel, writer: writer) { line in
      CallContext.current?.record?.addNames(to: &line)
    }
    let writer = writer
    ProcessMetrics.add(to: metrics)
    metrics.read(
      .gauge, "cabildo_build_info", "What was built; always 1.",
      ["service": program.name, "version": Build.version, "commit": Build.commit]
    ) { 1 }
    metrics.read(
      .counter, "cabildo_log_dropped_total", "Log lines that were dropped, their reader being slow."
    ) { Double(writer.dropped) }
  }

  /// Serves until a signal ends it; returns when everything has ended.
  func serve(
    _ signals: ProcessSignals,
    _ assemble: @Sendable (ServiceHost) async throws -> Serving
  ) async throws {
    defer { writer.close(within: .seconds(1)) }
    let credentials = try Credentials(settings, log, metrics)
    let store = program.migrations.map { ServiceStore(program.name, $0, settings) }
    let host = ServiceHost(
      name: program.name, settings: settings, log: log, metrics: metrics,
      loops: LoopGroup(threads: settings[StandardSettings.loops]),
      store: try await store?.open(
        migrating: settings[StandardSettings.migratesAtStart], log: log,
        timings: StoreMetrics(metrics)))
    if let store {
      host.checks.addRemarking("store") { try store.check() }
      metrics.read(
        .gauge, "cabildo_store_writable",
        "1 while the store takes writes, 0 while it is full, recovers or is closed."
      ) { store.isWritable ? 1 : 0 }
    }
    let running: RunningService
    do {
      running = try await RunningService(
        host, credentials, program.files, try await assemble(host))
    } catch {
      await host.end()
      throw error
    }
    let line = startLine(running.addresses, isSecure: credentials.tls != nil, store?.path)
    // A full disk behind it is no reason to stop.
    try? FileHandle.standardOutput.write(contentsOf: Data(line))
    await untilTerminated(signals) { credentials.reload(host.reloads) }
    log.notice("stopping", ["open_streams": .integer(running.openCalls)])
    let watchdog = watchdog()
    await running.stop()
    watchdog.cancel()
    log.notice("stopped")
  }

  private func untilTerminated(
    _ signals: ProcessSignals, reload: () -> Void
  ) async {
    let (orders, order) = AsyncStream.makeStream(of: ProcessSignals.Signal.self)
    signals.listen { order.yield($0) }
    for await signal in orders {
      switch signal {
      case .terminate: return
      case .reload:
        reload()
        rereadLogLevel()
      }
    }
  }

  /// Of the settings the level alone may change while the program runs, in the file of settings:
  /// what the flags and the environment say of it holds to the end of the process.
  private func rereadLogLevel() {
    do throws(SettingsError) {
      let settings = try program.readSettings(flags)
      log.level = settings.logLevel
      log.notice(
        "log level read again",
        [
          "log_level": "\(log.level)",
          "source": "\(settings.source(of: StandardSettings.logLevel))",
        ])
    } catch {
      log.error("settings not read again: the old stay in use", ["error": "\(error)"])
    }
  }

  /// An end that hangs is worse than one that is abrupt.
  private func watchdog() -> Task<Void, any Error> {
    let patience = settings[StandardSettings.drainTimeout] + Self.endTimeout
    return Task { [log, writer] in
      try await Task.sleep(for: patience)
      log.error("the end hangs: giving up")
      writer.close(within: .seconds(1))
      exit(1)
    }
  }

  private func startLine(_ addresses: [ListenAddress], isSecure: Bool, _ store: String?)
    -> [UInt8]
  {
    var line = JSONLine()
    line.add("event", "started")
    line.add("service", .text(program.name))
    line.add("version", .text(Build.version))
    line.add("commit", .text(Build.commit))
    line.add("pid", .integer(Int(getpid())))
    line.add("addresses", .list(addresses.map { .text("\($0)") }))
    line.add("tls", .flag(isSecure))
    if let store { line.add("store", .text(store)) }
    return line.finished()
  }
}

extension Settings {
  fileprivate var logLevel: LogLevel { LogLevel(self[StandardSettings.logLevel]) ?? .info }
}
