internal import NIOConcurrencyHelpers
internal import NIOCore
internal import RPC
internal import Sockets

/// What the connections of one server share.
struct ServedBy: Sendable {
  let configuration: ServerConfiguration
  let router: Router
  let registry: ConnectionRegistry
}

/// The open connections of a server, so that it can end them and knows when the last is gone.
final class ConnectionRegistry: Sendable {
  private let state: NIOLockedValueBox<State>

  private struct State {
    var open: [ObjectIdentifier: NIOLoopBound<ServerConnection>] = [:]
    /// Accepted sockets, those that have not said yet what they speak included.
    var sockets = 0
    var isDraining = false
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  init() { state = NIOLockedValueBox(State()) }

  /// False when there is no room for another socket.
  func admit(limit: Int) -> Bool {
    state.withLockedValue {
      guard $0.sockets < limit, !$0.isDraining else { return false }
      $0.sockets += 1
      return true
    }
  }

  func release() {
    let waiting = state.withLockedValue { state -> [CheckedContinuation<Void, Never>] in
      state.sockets -= 1
      guard state.sockets == 0 else { return [] }
      defer { state.whenEmpty = [] }
      return state.whenEmpty
    }
    for continuation in waiting { continuation.resume() }
  }

  func add(_ connection: ServerConnection) {
    let bound = NIOLoopBound(connection, eventLoop: connection.executor.loop)
    let isDraining = state.withLockedValue {
      $0.open[ObjectIdentifier(connection)] = bound
      return $0.isDraining
    }
    if isDraining { connection.startDraining() }
  }

  func remove(_ connection: ServerConnection) {
    state.withLockedValue { _ = $0.open.removeValue(forKey: ObjectIdentifier(connection)) }
  }

  var count: Int { state.withLockedValue { $0.sockets } }

  /// Has every connection drain, those still to come included.
  func startDraining() {
    let all = state.withLockedValue {
      $0.isDraining = true
      return Array($0.open.values)
    }
    for connection in all { connection.eventLoop.execute { connection.value.startDraining() } }
  }

  /// Cuts what is left.
  func cut(_ reason: String) {
    let all = state.withLockedValue { Array($0.open.values) }
    for connection in all { connection.eventLoop.execute { connection.value.cut(reason) } }
  }

  /// Returns when no socket is open any more.
  func waitUntilEmpty() async {
    await withCheckedContinuation { continuation in
      let isEmpty = state.withLockedValue {
        if $0.sockets > 0 { $0.whenEmpty.append(continuation) }
        return $0.sockets == 0
      }
      if isEmpty { continuation.resume() }
    }
  }
}
