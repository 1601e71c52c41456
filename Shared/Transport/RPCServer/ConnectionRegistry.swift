internal import NIOConcurrencyHelpers
internal import NIOCore
internal import RPC

/// What the connections of one server share.
struct ServedBy: Sendable {
  let configuration: ServerConfiguration
  let router: Router
  let registry: ConnectionRegistry
}

/// What a server tells each of its connections, as an event in the connection's pipeline: whoever
/// is in charge there at the time sees to it.
enum ConnectionOrder: Sendable {
  /// Take nothing new, finish what is open, then close.
  case drain
  /// End what is open now, saying why, and close.
  case cut(String)
}

/// The open sockets of a server, so that it can end them and knows when the last is gone.
final class ConnectionRegistry: Sendable {
  private let state = NIOLockedValueBox(State())

  private struct State {
    var sockets: [ObjectIdentifier: any Channel] = [:]
    var isDraining = false
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  var count: Int { state.withLockedValue { $0.sockets.count } }

  /// False when there is no room for another.
  func admit(_ socket: any Channel, limit: Int) -> Bool {
    state.withLockedValue {
      guard $0.sockets.count < limit, !$0.isDraining else { return false }
      $0.sockets[ObjectIdentifier(socket)] = socket
      return true
    }
  }

  func release(_ socket: any Channel) {
    let waiting = state.withLockedValue { state -> [CheckedContinuation<Void, Never>] in
      state.sockets.removeValue(forKey: ObjectIdentifier(socket))
      guard state.sockets.isEmpty else { return [] }
      defer { state.whenEmpty = [] }
      return state.whenEmpty
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Has every connection drain; none comes in from here on.
  func startDraining() {
    state.withLockedValue { $0.isDraining = true }
    order(.drain)
  }

  /// Gives an order to every connection there is.
  func order(_ order: ConnectionOrder) {
    for socket in all { socket.pipeline.fireUserInboundEventTriggered(order) }
  }

  /// Closes what is left without a word: a peer that does not read could not hear one.
  func closeAll() {
    for socket in all { socket.close(mode: .all, promise: nil) }
  }

  /// Returns when no socket is open any more.
  func waitUntilEmpty() async {
    await withCheckedContinuation { continuation in
      let isEmpty = state.withLockedValue {
        if !$0.sockets.isEmpty { $0.whenEmpty.append(continuation) }
        return $0.sockets.isEmpty
      }
      if isEmpty { continuation.resume() }
    }
  }

  private var all: [any Channel] { state.withLockedValue { Array($0.sockets.values) } }
}
