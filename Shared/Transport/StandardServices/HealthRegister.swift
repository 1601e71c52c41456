package import Messages
internal import Synchronization

/// How the server and each of its services are, for the health service and for `/readyz`.
///
/// The empty name is the server as a whole.
package final class HealthRegister: Sendable {
  package typealias Status = GrpcHealthV1.HealthCheckResponse.ServingStatus

  private let state: Mutex<State>

  private struct State {
    var statuses: [String: Status]
    var watchers: [Int: Watcher] = [:]
    var nextWatcher = 0
    var isStopped = false
  }

  private struct Watcher {
    let service: String
    let updates: AsyncStream<Status>.Continuation
  }

  /// Everything is NOT_SERVING until it is set.
  package init(services: [String]) {
    let names = services + [""]
    state = Mutex(
      State(statuses: Dictionary(names.map { ($0, .notServing) }, uniquingKeysWith: { $1 })))
  }

  /// Sets one service, or with nil all of them. Without effect once stopped.
  package func set(_ service: String?, _ status: Status) {
    state.withLock { state in
      guard !state.isStopped else { return }
      for name in service.map({ [$0] }) ?? Array(state.statuses.keys) {
        Self.set(name, status, &state)
      }
    }
  }

  /// Says NOT_SERVING of everything, for good: the server is about to go.
  package func stop() {
    state.withLock { state in
      state.isStopped = true
      for name in Array(state.statuses.keys) { Self.set(name, .notServing, &state) }
    }
  }

  /// Nil for a service the server does not have.
  package func status(of service: String) -> Status? { state.withLock { $0.statuses[service] } }

  package var all: [String: Status] { state.withLock { $0.statuses } }

  /// The status now and whenever it changes; a slow reader gets the latest.
  package func updates(of service: String) -> AsyncStream<Status> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { updates in
      let id = state.withLock { state in
        state.nextWatcher += 1
        state.watchers[state.nextWatcher] = Watcher(service: service, updates: updates)
        updates.yield(state.statuses[service] ?? .serviceUnknown)
        return state.nextWatcher
      }
      updates.onTermination = { [weak self] _ in
        self?.state.withLock { _ = $0.watchers.removeValue(forKey: id) }
      }
    }
  }

  private static func set(_ name: String, _ status: Status, _ state: inout State) {
    guard state.statuses[name] != status else { return }
    state.statuses[name] = status
    for watcher in state.watchers.values where watcher.service == name {
      watcher.updates.yield(status)
    }
  }
}
