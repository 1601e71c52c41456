package import Observability
package import RPC
package import Sockets
package import StandardServices
package import Storage
internal import Synchronization

/// What a program stands on while it runs.
package final class ServiceHost: Sendable {
  package let name: String
  package let settings: Settings
  package let log: Log
  package let metrics: MetricsRegistry
  package let loops: LoopGroup
  /// What the health service says. The host sets the program's own services by the checks; others
  /// may be set by who knows them.
  package let health = HealthRegister(services: [])
  /// Whether the service can work: `host.checks.add("feed") { … }`.
  package let checks = ReadinessChecks()

  private let store: SQLiteDatabase?
  private let state = Mutex(State())

  /// Files that a program reads again beside those of its server, and what they hold.
  struct Reload: Sendable {
    let what: String
    let body: @Sendable () throws -> Void
  }

  private struct State {
    var tasks: [Task<Void, Never>] = []
    var endings: [@Sendable () async -> Void] = []
    var reloads: [Reload] = []
    var channels: [@Sendable () async -> [ChannelSnapshot]] = []
  }

  init(
    name: String, settings: Settings, log: Log, metrics: MetricsRegistry, loops: LoopGroup,
    store: SQLiteDatabase?
  ) {
    self.name = name
    self.settings = settings
    self.log = log
    self.metrics = metrics
    self.loops = loops
    self.store = store
  }

  /// The store of a program that has one, open and at its newest version.
  package var database: any Database {
    guard let store else { preconditionFailure("\(name) was declared without a store") }
    return store
  }

  /// Runs beside the calls until the server has drained, and is cancelled then. An error that ends
  /// it early is logged.
  package func inBackground(_ what: String, _ work: @escaping @Sendable () async throws -> Void) {
    let task = Task { [log] in
      do {
        try await work()
      } catch  where Task.isCancelled {
      } catch {
        log.error("a background task has failed", ["task": .text(what), "error": "\(error)"])
      }
    }
    state.withLock { $0.tasks.append(task) }
  }

  /// The same from time to time, at first at once. What fails is logged, and done again when its
  /// time comes.
  package func inBackground(
    _ what: String, every pause: Duration, _ work: @escaping @Sendable () async throws -> Void
  ) {
    inBackground(what) { [log] in
      while true {
        do {
          try await work()
        } catch {
          try Task.checkCancellation()
          log.error("a background task has failed", ["task": .text(what), "error": "\(error)"])
        }
        try await Task.sleep(for: pause)
      }
    }
  }

  /// Runs after the last call and the background tasks have ended, before the store is closed; the
  /// last one added first.
  package func atEnd(_ body: @escaping @Sendable () async -> Void) {
    state.withLock { $0.endings.append(body) }
  }

  /// Runs on SIGHUP, to read files again. An error is logged and counted: what was stays in use.
  package func atReload(_ what: String, _ body: @escaping @Sendable () throws -> Void) {
    state.withLock { $0.reloads.append(Reload(what: what, body: body)) }
  }

  var reloads: [Reload] { state.withLock { $0.reloads } }

  /// Lets operators look at channels to other services.
  package func showChannels(_ snapshots: @escaping @Sendable () async -> [ChannelSnapshot]) {
    state.withLock { $0.channels.append(snapshots) }
  }

  func channels() async -> [ChannelSnapshot] {
    var all: [ChannelSnapshot] = []
    for snapshots in state.withLock({ $0.channels }) { all += await snapshots() }
    return all
  }

  func end() async {
    let (tasks, endings) = state.withLock { ($0.tasks, $0.endings) }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
    for ending in endings.reversed() { await ending() }
    await store?.close()
  }
}
