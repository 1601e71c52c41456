internal import RPC
internal import Synchronization

/// Where calls find a connection. Written by the channel's control, read by every call.
final class ChannelBoard: Sendable {
  enum Offer: Sendable {
    case idle, wait
    case ready([ConnectionFace])
    case fail(TransportFailure)
    case shutDown
  }

  private struct State {
    var offer = Offer.idle
    /// Index of the connection that the next call gets.
    var turn = 0
    var waiting: [ObjectIdentifier: (ticket: UInt64, call: OutgoingCall)] = [:]
    var nextTicket: UInt64 = 0
    /// Why calls wait, for those that give up waiting.
    var lastFailure: TransportFailure?
    var open: [ObjectIdentifier: ConnectionFace] = [:]
    var closers: [CheckedContinuation<Void, Never>] = []
  }

  let number = EntityNumber.next()
  let calls = CallCounters()
  let target: String
  let isThrottled: Bool
  let throttle: Mutex<RetryThrottle?>
  private let maxWaitingCalls: Int
  private let wake: @Sendable () -> Void
  private let state = Mutex(State())

  init(
    target: String, _ configuration: ChannelConfiguration, wake: @escaping @Sendable () -> Void
  ) {
    self.target = target
    self.wake = wake
    maxWaitingCalls = configuration.maxWaitingCalls
    isThrottled = configuration.serviceConfig.throttle != nil
    throttle = Mutex(configuration.serviceConfig.throttle)
  }

  // MARK: Calls

  /// Starts the call on a connection, or has it wait for one, or fails it.
  func dispatch(_ call: OutgoingCall) {
    enum Next {
      case start(ConnectionFace)
      case wait(wake: Bool)
      case fail(RPCError)
    }
    let next: Next = state.withLock { state in
      switch state.offer {
      case .ready(let faces):
        let turn = state.turn < faces.count ? state.turn : 0
        state.turn = turn + 1
        return .start(faces[turn])
      case .shutDown: return .fail(RPCError(.channelShutDown, target: target))
      case .fail(let failure) where !call.waitsForReady:
        return .fail(RPCError(failure, target: target, address: nil))
      case .idle, .wait, .fail:
        guard state.waiting.count < maxWaitingCalls else { return .fail(tooManyWaiting) }
        state.waiting[ObjectIdentifier(call)] = (state.nextTicket, call)
        state.nextTicket += 1
        if case .idle = state.offer { return .wait(wake: true) }
        return .wait(wake: false)
      }
    }
    switch next {
    case .start(let face): face.submit(.start(call))
    case .fail(let error): call.fail(error)
    case .wait(let wakes):
      call.startedWaiting()
      if wakes { wake() }
      // One that ended on its way here was forgotten too early.
      if call.isOver { forget(call) }
    }
  }

  /// The call is over: it waits no more. Says whether it did, and for want of what.
  @discardableResult
  func forget(_ call: OutgoingCall) -> (wasWaiting: Bool, TransportFailure?) {
    state.withLock { state in
      (state.waiting.removeValue(forKey: ObjectIdentifier(call)) != nil, state.lastFailure)
    }
  }

  private var tooManyWaiting: RPCError {
    RPCError(
      .resourceExhausted,
      "\(maxWaitingCalls) calls already wait for a connection to \(target) (maxWaitingCalls)"
    ).reason(RPCError.tooManyWaiting)
  }

  // MARK: The control

  /// Publishes what calls find from now on, and sends on those that waited. Says whether some still
  /// wait although nothing is being done for them.
  func publish(_ offer: Offer) -> Bool {
    let (ready, needsWake): ([OutgoingCall], Bool) = state.withLock { state in
      if case .shutDown = state.offer { return ([], false) }
      state.offer = offer.current
      switch state.offer {
      case .idle: return ([], !state.waiting.isEmpty)
      case .wait: return ([], false)
      case .ready:
        state.lastFailure = nil
        return (Self.takeWaiting(&state) { _ in true }, false)
      case .fail(let failure):
        state.lastFailure = failure
        return (Self.takeWaiting(&state) { !$0.waitsForReady }, false)
      case .shutDown: return (Self.takeWaiting(&state) { _ in true }, false)
      }
    }
    for call in ready {
      call.stoppedWaiting()
      dispatch(call)
    }
    return needsWake
  }

  /// Takes calls out of the queue, first come first.
  private static func takeWaiting(_ state: inout State, where isTaken: (OutgoingCall) -> Bool)
    -> [OutgoingCall]
  {
    let taken = state.waiting.values.filter { isTaken($0.call) }.sorted { $0.ticket < $1.ticket }
    for (_, call) in taken { state.waiting[ObjectIdentifier(call)] = nil }
    return taken.map(\.call)
  }

  var connectivity: Connectivity {
    state.withLock { state in
      switch state.offer {
      case .idle: .idle
      case .wait: .connecting
      case .ready: .ready
      case .fail: .transientFailure
      case .shutDown: .shutdown
      }
    }
  }

  // MARK: Connections

  /// False when the channel was shut down meanwhile.
  func opened(_ face: ConnectionFace) -> Bool {
    state.withLock { state in
      if case .shutDown = state.offer { return false }
      state.open[ObjectIdentifier(face)] = face
      return true
    }
  }

  /// Takes no more calls from here on: the control will say where they go instead.
  func withdraw(_ face: ConnectionFace, isClosed: Bool) {
    let closers: [CheckedContinuation<Void, Never>] = state.withLock { state in
      if case .ready(var faces) = state.offer,
        let index = faces.firstIndex(where: { $0 === face })
      {
        faces.remove(at: index)
        state.offer = faces.isEmpty ? .wait : .ready(faces)
        if index < state.turn { state.turn -= 1 }
      }
      guard isClosed else { return [] }
      state.open[ObjectIdentifier(face)] = nil
      guard state.open.isEmpty else { return [] }
      defer { state.closers = [] }
      return state.closers
    }
    for closer in closers { closer.resume() }
  }

  func command(_ command: ConnectionFace.Command) {
    let faces = state.withLock { Array($0.open.values) }
    for face in faces { face.submit(command) }
  }

  /// Returns when no connection is open.
  func allClosed() async {
    await withCheckedContinuation { continuation in
      let isClosed = state.withLock { state in
        if !state.open.isEmpty { state.closers.append(continuation) }
        return state.open.isEmpty
      }
      if isClosed { continuation.resume() }
    }
  }
}

extension ChannelBoard.Offer {
  /// Without the connections that have withdrawn since it was made. To be asked under the board's
  /// lock: one that withdraws later finds itself on the board and goes.
  fileprivate var current: Self {
    guard case .ready(let faces) = self else { return self }
    let ready = faces.filter(\.takesCalls)
    return ready.isEmpty ? .wait : .ready(ready)
  }
}
