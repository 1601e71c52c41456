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

  private struct Socket {
    let channel: any Channel
    let entry: NIOLoopBound<ConnectionEntry>
  }

  private struct State {
    var sockets: [Int: Socket] = [:]
    var lastID = 0
    var isDraining = false
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  var count: Int { state.withLockedValue { $0.sockets.count } }

  /// A place for another; nil when there is none. On the channel's loop.
  func admit(_ channel: any Channel, limit: Int, isSecure: Bool) -> ConnectionEntry? {
    state.withLockedValue {
      guard $0.sockets.count < limit, !$0.isDraining else { return nil }
      $0.lastID += 1
      let entry = ConnectionEntry(id: $0.lastID, channel, isSecure: isSecure)
      $0.sockets[entry.id] = Socket(
        channel: channel, entry: NIOLoopBound(entry, eventLoop: channel.eventLoop))
      return entry
    }
  }

  func release(_ id: Int) {
    let waiting = state.withLockedValue { state -> [CheckedContinuation<Void, Never>] in
      state.sockets.removeValue(forKey: id)
      guard state.sockets.isEmpty else { return [] }
      defer { state.whenEmpty = [] }
      return state.whenEmpty
    }
    for continuation in waiting { continuation.resume() }
  }

  /// The open connections from a number on, in order, so many at most; and whether these are the
  /// last.
  func reports(from id: Int, atMost limit: Int) async -> (reports: [ConnectionReport], isEnd: Bool)
  {
    let (sockets, isEnd) = state.withLockedValue { state in
      let ids = state.sockets.keys.filter { $0 >= id }.sorted()
      return (ids.prefix(limit).compactMap { state.sockets[$0] }, ids.count <= limit)
    }
    var reports: [ConnectionReport] = []
    for socket in sockets {
      let report = socket.channel.eventLoop.submit { socket.entry.value.report }
      if let report = try? await report.get() { reports.append(report) }
    }
    return (reports, isEnd)
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

  private var all: [any Channel] { state.withLockedValue { $0.sockets.values.map(\.channel) } }
}
