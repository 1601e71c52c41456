internal import Protobuf
internal import RPC
internal import Synchronization

/// A call that is made several times over (gRFC A6), as its caller holds it: whoever answers first
/// is the call. When it is let go, all attempts are cancelled.
final class HedgedCall: ClientStream {
  private let race: HedgeRace
  private let held: HeldCalls
  private let lastFlag = Atomic(false)

  init(_ race: HedgeRace, _ held: HeldCalls) {
    self.race = race
    self.held = held
    held.count.wrappingAdd(1, ordering: .relaxed)
    race.start()
  }

  deinit {
    race.cancel()
    held.count.wrappingSubtract(1, ordering: .relaxed)
  }

  func send(_ message: MessageFrame, compress: Bool) async throws {
    guard let winner = try race.post(message, compress: compress) else { return }
    try await winner.send(message, compress: compress)
  }
  func finishSending() async throws { try race.finishSending() }
  func nextMessage() async throws -> [UInt8]? { try await race.winner().nextMessage() }
  func nextInbound() async throws -> InboundMessage? { try await race.winner().nextInbound() }
  func soleMessage() async throws -> [UInt8] { try await race.winner().soleMessage() }
  func initialMetadata() async throws -> Metadata { try await race.winner().initialMetadata() }
  var lastMessageWasCompressed: Bool { race.decided?.lastMessageWasCompressed ?? false }
  var trailingMetadata: Metadata { race.trailingMetadata }
  var decodingLimits: DecodingLimits { race.decodingLimits }
  func cancel() { race.cancel() }
}

/// The attempts of one hedged call, until one of them is the call.
///
/// Each is an `OutgoingCall` of its own that never retries. The messages are kept for attempts to
/// come; with more than a call may keep, the first attempt is the call.
final class HedgeRace: Sendable {
  private enum Outcome: Sendable {
    case won(OutgoingCall)
    case failed(RPCError)

    func isWon(by call: OutgoingCall) -> Bool {
      if case .won(let winner) = self { winner === call } else { false }
    }

    func count(in counters: CallCounters) {
      switch self {
      case .won(let call): call.count(in: counters)
      case .failed: counters.ended(well: false)
      }
    }

    func resume(_ waiting: [CheckedContinuation<OutgoingCall, any Error>]) {
      for continuation in waiting {
        switch self {
        case .won(let call): continuation.resume(returning: call)
        case .failed(let error): continuation.resume(throwing: error)
        }
      }
    }
  }

  private struct State {
    var hedging: HedgingState
    var open: [OutgoingCall] = []
    var sent: [[UInt8]] = []
    var sentBytes = 0
    var isFinished = false
    var outcome: Outcome?
    var waiting: [CheckedContinuation<OutgoingCall, any Error>] = []
    /// Begins the next attempt.
    var timer: Task<Void, Never>?
  }

  private let request: ClientRequest
  private let settings: OutgoingCall.Settings
  private let board: ChannelBoard
  private let state: Mutex<State>

  init(
    _ request: ClientRequest, _ policy: HedgingPolicy, _ settings: OutgoingCall.Settings,
    _ board: ChannelBoard
  ) throws(RPCError) {
    var state = State(hedging: HedgingState(policy))
    if let message = request.soleMessage {
      let frame = try OutgoingCall.framed(message, request.options.compress, settings)
      state.sent = [frame.bytes]
      state.isFinished = true
    }
    var request = request
    request.soleMessage = nil
    self.request = request
    self.settings = settings
    self.board = board
    self.state = Mutex(state)
  }

  var decodingLimits: DecodingLimits { DecodingLimits(bytes: settings.maxReceiveBytes) }

  // MARK: The caller

  /// The attempt that became the call.
  var decided: OutgoingCall? {
    if case .won(let call) = state.withLock({ $0.outcome }) { call } else { nil }
  }

  var trailingMetadata: Metadata {
    switch state.withLock({ $0.outcome }) {
    case .won(let call): call.trailingMetadata
    case .failed(let error): error.metadata
    case nil: Metadata()
    }
  }

  func winner() async throws -> OutgoingCall {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let outcome = state.withLock { state in
          if state.outcome == nil { state.waiting.append(continuation) }
          return state.outcome
        }
        outcome?.resume([continuation])
      }
    } onCancel: {
      cancel()
    }
  }

  /// Gives a message to every attempt, and keeps it for those to come. Once the call is decided it
  /// goes to the winner, which is returned for it.
  func post(_ message: MessageFrame, compress: Bool) throws -> OutgoingCall? {
    if let decided { return decided }
    let frame = try OutgoingCall.framed(message, compress && request.options.compress, settings)
    typealias Posted = (winner: OutgoingCall?, leader: OutgoingCall?)
    let posted = state.withLock { state -> Result<Posted, RPCError> in
      switch state.outcome {
      case .failed(let error): return .failure(error)
      case .won(let call): return .success((call, nil))
      case nil:
        state.sent.append(frame.bytes)
        state.sentBytes += frame.bytes.count
        for attempt in state.open { attempt.post(frame.bytes) }
        return .success((nil, state.sentBytes > settings.maxRetryBytes ? state.open.first : nil))
      }
    }
    let (winner, leader) = try posted.get()
    if let leader { won(leader) }
    return winner
  }

  func finishSending() throws {
    let attempts = state.withLock { state -> Result<[OutgoingCall], RPCError> in
      switch state.outcome {
      case .failed(let error): return .failure(error)
      case .won(let call): return .success([call])
      case nil:
        state.isFinished = true
        return .success(state.open)
      }
    }
    for attempt in try attempts.get() { try? attempt.finishSending() }
  }

  func cancel() { failed(with: .cancelledByCaller) }

  // MARK: Attempts

  /// Begins an attempt, and plans the next.
  func start() {
    let attempt = state.withLock { state -> OutgoingCall? in
      guard state.outcome == nil else { return nil }
      let attempt = OutgoingCall(
        attempt: request, number: state.hedging.begin(), settings, board, sent: state.sent,
        isFinished: state.isFinished)
      state.open.append(attempt)
      plan(state.hedging.next, &state)
      return attempt
    }
    guard let attempt else { return }
    if attempt.hasExpired { attempt.expire() } else { board.dispatch(attempt) }
    Task {
      do {
        _ = try await attempt.initialMetadata()
        won(attempt)
      } catch {
        failed(attempt, error as? RPCError ?? RPCError(error))
      }
    }
  }

  private func plan(_ decision: HedgingState.Decision, _ state: inout State) {
    guard case .start(let delay) = decision else { return }
    state.timer?.cancel()
    let time = ContinuousClock.now + delay
    let until = min(time, settings.deadline ?? time)
    state.timer = Task { [weak self] in
      guard (try? await Task.sleep(until: until)) != nil, let self else { return }
      if settings.deadline.map({ $0 <= .now }) ?? false { return failed(with: .deadlinePassed) }
      let mayStart = self.state.withLock { state in
        state.hedging.allowsAnother(board.throttle.withLock(\.self))
      }
      if mayStart { start() }
    }
  }

  private func won(_ attempt: OutgoingCall) { decide(.won(attempt)) }
  private func failed(with error: RPCError) { decide(.failed(error)) }

  /// An attempt ended without an answer that the caller could see.
  private func failed(_ attempt: OutgoingCall, _ error: RPCError) {
    let pushback = error.metadata[RetryPushback.headerName].map { RetryPushback($0) }
    let decision = state.withLock { state in
      state.open.removeAll { $0 === attempt }
      guard state.outcome == nil else { return HedgingState.Decision.rest }
      guard !attempt.hasExpired else { return .giveUp }
      let decision = state.hedging.failed(
        error.code, pushback, board.throttle.withLock(\.self))
      plan(decision, &state)
      return decision
    }
    if decision == .giveUp { failed(with: error) }
  }

  /// The first word counts: those who wait hear it, and all other attempts end. One who cancels
  /// after that cancels the attempt that won.
  private func decide(_ outcome: Outcome) {
    enum Change {
      case first([CheckedContinuation<OutgoingCall, any Error>], losers: [OutgoingCall])
      case cancel(OutgoingCall)
      case none
    }
    let change: Change = state.withLock { state in
      switch (state.outcome, outcome) {
      case (nil, _):
        state.outcome = outcome
        state.timer.take()?.cancel()
        defer { (state.waiting, state.open, state.sent) = ([], [], []) }
        return .first(state.waiting, losers: state.open.filter { !outcome.isWon(by: $0) })
      case (.won(let call), .failed): return .cancel(call)
      default: return .none
      }
    }
    switch change {
    case .first(let waiting, let losers):
      outcome.count(in: board.calls)
      for loser in losers { loser.cancel() }
      outcome.resume(waiting)
    case .cancel(let call): call.cancel()
    case .none: break
    }
  }
}
