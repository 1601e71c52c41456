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
  /// Close without a word: others need the room of what waits for a peer that takes nothing.
  case giveWay
  /// There is room again for what waits for peers.
  case goOn
}

/// The open sockets of a server, so that it can end them and knows when the last is gone.
final class ConnectionRegistry: Sendable {
  let output: OutputBudget
  private let state = NIOLockedValueBox(State())

  init(output: OutputBudget) { self.output = output }

  private struct Socket {
    let channel: any Channel
    let entry: NIOLoopBound<ConnectionEntry>
  }

  private struct State {
    var sockets: [EntityNumber: Socket] = [:]
    var isDraining = false
    /// Of connections that are gone.
    var pastCalls = CallCounts()
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  var count: Int { state.withLockedValue { $0.sockets.count } }

  /// A place for another; nil when there is none. On the channel's loop.
  func admit(_ channel: any Channel, limit: Int, isSecure: Bool) -> ConnectionEntry? {
    let entry = ConnectionEntry(channel, isSecure: isSecure)
    let socket = Socket(
      channel: channel, entry: NIOLoopBound(entry, eventLoop: channel.eventLoop))
    let number = entry.number
    let isAdmitted = state.withLockedValue {
      guard $0.sockets.count < limit, !$0.isDraining else { return false }
      $0.sockets[number] = socket
      return true
    }
    return isAdmitted ? entry : nil
  }

  func release(_ number: EntityNumber, after calls: CallCounts) {
    output.forget(number)
    let waiting = state.withLockedValue { state -> [CheckedContinuation<Void, Never>] in
      state.sockets.removeValue(forKey: number)
      state.pastCalls = state.pastCalls + calls
      guard state.sockets.isEmpty else { return [] }
      defer { state.whenEmpty = [] }
      return state.whenEmpty
    }
    for continuation in waiting { continuation.resume() }
  }

  /// The open connections from a number on, in order, so many at most; and whether these are the
  /// last.
  func reports(from first: EntityNumber, atMost limit: Int) async
    -> (reports: [ConnectionReport], isEnd: Bool)
  {
    let (sockets, isEnd) = state.withLockedValue { state in
      let numbers = state.sockets.keys.filter { $0 >= first }.sorted()
      return (numbers.prefix(limit).compactMap { state.sockets[$0] }, numbers.count <= limit)
    }
    return (await Self.reports(of: sockets), isEnd)
  }

  /// The calls of all connections there are and were.
  func calls() async -> CallCounts {
    let (sockets, past) = state.withLockedValue { (Array($0.sockets.values), $0.pastCalls) }
    return await Self.reports(of: sockets).reduce(past) { $0 + $1.socket.counts.streams }
  }

  /// Asks each loop once.
  private static func reports(of sockets: [Socket]) async -> [ConnectionReport] {
    var reports: [ConnectionReport] = []
    let byLoop = Dictionary(grouping: sockets) { ObjectIdentifier($0.channel.eventLoop) }
    for mine in byLoop.values {
      let asked = mine[0].channel.eventLoop.submit { mine.map(\.entry.value.report) }
      reports += (try? await asked.get()) ?? []
    }
    return reports.sorted { $0.socket.number < $1.socket.number }
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

  func order(_ order: ConnectionOrder, to number: EntityNumber) {
    let channel = state.withLockedValue { $0.sockets[number]?.channel }
    channel?.pipeline.fireUserInboundEventTriggered(order)
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
