package import Observability
package import Sockets
package import StandardServices
internal import Synchronization

/// What a program stands on while it runs.
package final class ServiceHost: Sendable {
  package let name: String
  package let settings: Settings
  package let log: Log
  package let loops: LoopGroup
  /// What the health service says. The host sets the program's own services by the checks; others
  /// may be set by who knows them.
  package let health = HealthRegister(services: [])
  /// Whether the service can work: `host.checks.add("store") { … }`.
  package let checks = ReadinessChecks()

  private let state = Mutex(State())

  private struct State {
    var tasks: [Task<Void, Never>] = []
    var endings: [@Sendable () async -> Void] = []
  }

  init(name: String, settings: Settings, log: Log, loops: LoopGroup) {
    self.name = name
    self.settings = settings
    self.log = log
    self.loops = loops
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

  /// Runs after the last call and the background tasks have ended, the last one added first.
  package func atEnd(_ body: @escaping @Sendable () async -> Void) {
    state.withLock { $0.endings.append(body) }
  }

  func end() async {
    let (tasks, endings) = state.withLock { ($0.tasks, $0.endings) }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
    for ending in endings.reversed() { await ending() }
  }
}
