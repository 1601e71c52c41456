internal import HTTP2
internal import NIOCore
internal import RPC
internal import Synchronization

/// A connection as other threads see it: they leave commands, the loop fetches them, all that came
/// before it got there at once.
final class ConnectionFace: Sendable {
  enum Command: Sendable {
    case start(OutgoingCall)
    /// The call has more to send.
    case pump(StreamID)
    /// The call is over for its caller.
    case reset(StreamID)
    /// A call that waits for a stream is over.
    case forgetQueued
    /// The caller has read what held the window back.
    case openWindow(StreamID)
    /// Take no more calls and close after the open ones.
    case drain
    case close(TransportFailure)
  }

  private struct State {
    var commands: [Command] = []
    var isScheduled = false
    var handler: NIOLoopBound<ClientConnection>?
    /// Set before the connection is made, if it should no longer be.
    var isUnwanted = false
    var takesCalls = false
    var hasEnded = false
    /// The two ends of the connection and what protects it, once there is one.
    var ends: Ends?
  }

  /// What an operator sees of a connection beside its counters.
  struct Ends: Sendable {
    let local: String?
    let remote: String?
    var security: String?
  }

  let number = EntityNumber.next()
  let counters = SocketCounters()
  let endpoint: Endpoint
  private let report: @Sendable (ConnectionFace, ConnectionEvent) -> Void
  private let state = Mutex(State())

  init(
    _ endpoint: Endpoint, report: @escaping @Sendable (ConnectionFace, ConnectionEvent) -> Void
  ) {
    self.endpoint = endpoint
    self.report = report
  }

  // MARK: From any thread

  /// Whether it is ready and neither draining nor closed.
  var takesCalls: Bool { state.withLock { $0.takesCalls } }

  func submit(_ command: Command) {
    enum Next {
      case nothing
      case wake(NIOLoopBound<ClientConnection>)
      case refuse
    }
    let next: Next = state.withLock { state in
      guard let handler = state.handler else {
        if case .close = command { state.isUnwanted = true }
        if case .drain = command { state.isUnwanted = true }
        return .refuse
      }
      state.commands.append(command)
      guard !state.isScheduled else { return .nothing }
      state.isScheduled = true
      return .wake(handler)
    }
    switch next {
    case .nothing: break
    case .wake(let handler): handler.eventLoop.execute { handler.value.runCommands() }
    case .refuse: if case .start(let call) = command { call.neverSent() }
    }
  }

  /// Nil until it is connected.
  var socket: SocketSnapshot? {
    guard let ends = state.withLock({ $0.ends }) else { return nil }
    return SocketSnapshot(
      number: number, local: ends.local, remote: ends.remote, security: ends.security,
      counts: counters.counts)
  }

  // MARK: From its loop

  func connected(_ ends: Ends) { state.withLock { $0.ends = ends } }

  /// False when the connection is no longer wanted.
  func attach(_ handler: ClientConnection, on loop: any EventLoop) -> Bool {
    let bound = NIOLoopBound(handler, eventLoop: loop)
    return state.withLock { state in
      guard !state.isUnwanted, !state.hasEnded else { return false }
      state.handler = bound
      return true
    }
  }

  func takeCommands() -> [Command] {
    state.withLock { state in
      state.isScheduled = false
      let commands = state.commands
      state.commands = []
      return commands
    }
  }

  func becameReady() {
    state.withLock { $0.takesCalls = true }
    report(self, .ready)
  }

  func becameDraining(tooManyPings: Bool) {
    state.withLock { $0.takesCalls = false }
    report(self, .draining(tooManyPings: tooManyPings))
  }

  /// The connection is no more, or was never made. Only the first call counts.
  func ended(_ failure: TransportFailure) {
    let leftovers: [Command]? = state.withLock { state in
      guard !state.hasEnded else { return nil }
      state.hasEnded = true
      state.takesCalls = false
      state.handler = nil
      defer { state.commands = [] }
      return state.commands
    }
    guard let leftovers else { return }
    report(self, .closed(failure))
    for case .start(let call) in leftovers { call.neverSent() }
  }
}

/// What a connection tells the channel.
enum ConnectionEvent: Sendable {
  case ready
  /// It takes no more calls; the open ones go on.
  case draining(tooManyPings: Bool)
  case closed(TransportFailure)
}
