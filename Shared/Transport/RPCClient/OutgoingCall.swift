internal import HTTP2
internal import Protobuf
internal import RPC
internal import Synchronization

/// One call on its way: over one attempt or several, on one connection after another.
///
/// Its caller's task, the loop of its connection and timers meet here, under one lock; whoever ends
/// it first decides how it ended.
final class OutgoingCall: Sendable {
  /// What of the channel's configuration and the method's settings counts for it.
  struct Settings: Sendable {
    var deadline: ContinuousClock.Instant?
    var waitsForReady = false
    var retry: RetryPolicy?
    var hedging: HedgingPolicy?
    var maxSendBytes: Int
    var maxReceiveBytes: Int
    var maxRetryBytes: Int
    var maxWaitingBytes: Int

    init(_ configuration: ChannelConfiguration) {
      maxSendBytes = configuration.maxSendMessageBytes
      maxReceiveBytes = configuration.maxReceiveMessageBytes
      maxRetryBytes = configuration.maxRetryBufferBytes
      maxWaitingBytes = configuration.maxWaitingBytes
    }
  }

  let method: MethodName
  let kind: CallKind
  let metadata: Metadata
  let compress: Bool
  let settings: Settings
  /// Attempts at the same call that others made before.
  private let earlierAttempts: Int
  private let board: ChannelBoard
  private let state: Mutex<CallState>
  private let lastFlag = Atomic(false)

  init(_ request: ClientRequest, _ settings: Settings, _ board: ChannelBoard) throws(RPCError) {
    method = request.method
    kind = request.kind
    metadata = request.options.metadata
    compress = request.options.compress
    self.settings = settings
    self.board = board
    earlierAttempts = 0
    var state = CallState(RetryState(settings.retry), counters: board.calls)
    if let message = request.soleMessage {
      state.requests.append(try Self.framed(message, compress, settings).bytes)
      state.requests.finish()
    }
    self.state = Mutex(state)
  }

  /// One attempt of a hedged call, with what was sent so far. It does not retry, and is not counted
  /// as a call unless it becomes the call.
  init(
    attempt request: ClientRequest, number: Int, _ settings: Settings, _ board: ChannelBoard,
    sent: [[UInt8]], isFinished: Bool
  ) {
    method = request.method
    kind = request.kind
    metadata = request.options.metadata
    compress = request.options.compress
    self.settings = settings
    self.board = board
    earlierAttempts = number
    var state = CallState(RetryState(countingFailuresOf: settings.hedging), counters: nil)
    for frame in sent { state.requests.append(frame) }
    if isFinished { state.requests.finish() }
    self.state = Mutex(state)
  }

  var waitsForReady: Bool { settings.waitsForReady }
  var deadline: ContinuousClock.Instant? { settings.deadline }
  var isOver: Bool { state.withLock { $0.end != nil } }

  static func framed(_ message: MessageFrame, _ compress: Bool, _ settings: Settings)
    throws(RPCError) -> MessageFrame
  {
    guard message.payload.count <= settings.maxSendBytes else {
      throw .messageTooLarge(message.payload.count, limit: settings.maxSendBytes, .clientSend)
    }
    guard compress, !message.isCompressed else { return message }
    return MessageFrame(payload: Gzip.compress(message.payload), compressed: true)
  }

  // MARK: The caller

  func send(_ message: MessageFrame, compress: Bool) async throws {
    let frame = try Self.framed(message, compress && self.compress, settings)
    let (link, isCrowded) = try state.withLock { state in
      if let end = state.end {
        try end.result.get()
        return (CallState.Link?.none, false)
      }
      state.requests.append(frame.bytes)
      return (state.link, state.requests.waitingBytes > settings.maxWaitingBytes)
    }
    if let link { link.face.submit(.pump(link.stream)) }
    guard isCrowded else { return }
    try await cancellable { continuation in
      self.state.withLock {
        $0.waitForRoom(continuation, maxWaitingBytes: self.settings.maxWaitingBytes)
      }
    }
  }

  /// Adds a message that is framed, however many wait already.
  func post(_ frame: [UInt8]) {
    let link = state.withLock { state in
      guard state.end == nil else { return CallState.Link?.none }
      state.requests.append(frame)
      return state.link
    }
    if let link { link.face.submit(.pump(link.stream)) }
  }

  func finishSending() throws {
    let link = try state.withLock { state in
      try state.end?.result.get()
      guard !state.requests.isFinished else { return CallState.Link?.none }
      state.requests.finish()
      return state.link
    }
    if let link { link.face.submit(.pump(link.stream)) }
  }

  func nextMessage() async throws -> [UInt8]? {
    if let message = try takeMessage() { return message }
    try await waitForMessage()
    return try takeMessage()
  }

  func nextInbound() async throws -> InboundMessage? {
    if let (message, _) = try takeInbound() { return message }
    try await waitForMessage()
    return try takeInbound()?.message
  }

  private func waitForMessage() async throws {
    try await cancellable { continuation in
      self.state.withLock { $0.wait(.message(continuation)) }
    }
  }

  func soleMessage() async throws -> [UInt8] {
    try await cancellable { continuation in
      self.state.withLock { $0.wait(.end(continuation)) }
    }
    let (end, count) = state.withLock { ($0.end, $0.waitingMessages) }
    // A message does not excuse the status that came after it.
    if case .failed(let error) = end { throw error }
    guard count < 2 else { throw RPCError.secondResponseMessage }
    guard let message = try takeMessage() else { throw RPCError.noResponseMessage }
    return message
  }

  func initialMetadata() async throws -> Metadata {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let effects = state.withLock { $0.waitForHead(continuation) }
        effects.resume()
      }
    } onCancel: {
      cancel()
    }
  }

  var lastMessageWasCompressed: Bool { lastFlag.load(ordering: .relaxed) }
  var trailingMetadata: Metadata { state.withLock { $0.trailing } }

  func cancel() { fail(.cancelledByCaller) }

  /// The caller has no more use for it; most often it is over then.
  func letGo() { if !isOver { cancel() } }

  /// A message as it came, and how it may be compressed.
  private func takeInbound() throws -> (message: InboundMessage, Compression)? {
    let taken = state.withLock { $0.takeMessage(maxWaitingBytes: settings.maxWaitingBytes) }
    guard let (message, encoding, link) = taken else { return nil }
    if let link { link.face.submit(.openWindow(link.stream)) }
    lastFlag.store(message.isCompressed, ordering: .relaxed)
    guard message.isCompressed else { return (message, .identity) }
    return try orFail { () throws(RPCError) in
      guard let encoding else {
        throw .malformedResponse(.internal, "a message is compressed by an unknown encoding")
      }
      try message.checkFlag(encoding)
      return (message, encoding)
    }
  }

  private func takeMessage() throws -> [UInt8]? {
    guard let (message, encoding) = try takeInbound() else { return nil }
    guard message.isCompressed else { return message.bytes }
    return try orFail { () throws(RPCError) in
      try message.inflated(encoding, limit: settings.maxReceiveBytes, .clientReceive)
    }
  }

  /// What cannot be read ends the call.
  private func orFail<Result>(_ read: () throws(RPCError) -> Result) throws -> Result {
    do throws(RPCError) {
      return try read()
    } catch {
      fail(error)
      throw error
    }
  }

  private func cancellable(
    _ wait: (CheckedContinuation<Void, any Error>) -> CallEffects
  ) async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { wait($0).resume() }
    } onCancel: {
      cancel()
    }
  }

  // MARK: Ending from outside of its connection

  /// Ends the call, whatever it is doing.
  func fail(_ error: RPCError) {
    let effects = state.withLock { $0.finish(.failed(error)) }
    guard effects.hasEnded else { return }
    board.forget(self)
    if let link = effects.link { link.face.submit(.reset(link.stream)) }
    effects.queue?.submit(.forgetQueued)
    effects.resume()
  }

  func expire() {
    let (wasWaiting, failure) = board.forget(self)
    guard wasWaiting else { return fail(.deadlinePassed) }
    var message = "the deadline passed while the call waited for a connection to \(board.target)"
    if let failure { message += ": \(failure.explanation)" }
    fail(RPCError(.deadlineExceeded, message))
  }

  var hasExpired: Bool { hasExpired(at: .now) }

  func hasExpired(at now: ContinuousClock.Instant) -> Bool {
    guard let deadline else { return false }
    return deadline <= now
  }

  /// It became a call of the channel: its end counts, which may have come already.
  func count(in counters: CallCounters) { state.withLock { $0.count(in: counters) } }

  func startedWaiting() {
    guard let deadline else { return }
    let timer = Task { [weak self] in
      guard (try? await Task.sleep(until: deadline)) != nil else { return }
      self?.expire()
    }
    let unused = state.withLock { state -> Task<Void, Never>? in
      guard state.end == nil else { return timer }
      defer { state.waitTimer = timer }
      return state.waitTimer
    }
    unused?.cancel()
  }

  func stoppedWaiting() {
    let timer = state.withLock { $0.waitTimer.take() }
    timer?.cancel()
  }

  // MARK: Its connection

  /// What a new attempt must know; nil when the call is over.
  func beginAttempt(at now: ContinuousClock.Instant) -> (number: Int, previousAttempts: Int)? {
    if hasExpired(at: now) {
      expire()
      return nil
    }
    return state.withLock { state in
      state.queue = nil
      return state.end == nil ? (state.attempt, earlierAttempts + state.retry.attempts - 1) : nil
    }
  }

  /// The call waits for a stream of this connection. False when it is over.
  func queued(on face: ConnectionFace) -> Bool {
    state.withLock { state in
      guard state.end == nil else { return false }
      state.queue = face
      return true
    }
  }

  /// The attempt has a stream. False when the call ended meanwhile.
  func attach(_ face: ConnectionFace, _ stream: StreamID) -> Bool {
    state.withLock { state in
      guard state.end == nil else { return false }
      state.link = CallState.Link(face: face, stream: stream)
      return true
    }
  }

  /// The next messages to write, and whether they are the last.
  func takeRequests(_ bytes: Int, attempt: Int) -> (frames: [[UInt8]], isLast: Bool) {
    let (frames, isLast, effects) = state.withLock { state in
      guard state.end == nil, state.attempt == attempt else {
        return ([[UInt8]](), false, CallEffects())
      }
      let frames = state.requests.take(bytes)
      let effects = state.roomMade(
        maxRetryBytes: settings.maxRetryBytes, maxWaitingBytes: settings.maxWaitingBytes)
      return (frames, state.requests.isFinished && state.requests.isDrained, effects)
    }
    effects.resume()
    return (frames, isLast)
  }

  /// Hands over what arrived. Says whether the window is to stay shut for now.
  func receive(_ delivery: Delivery, attempt: Int) -> Bool {
    let effects = state.withLock { state in
      guard state.end == nil, state.attempt == attempt else { return CallEffects() }
      return state.receive(delivery, maxWaitingBytes: settings.maxWaitingBytes)
    }
    effects.resume()
    return effects.holdsWindow
  }

  /// The status was OK.
  func succeeded(_ trailing: Metadata, _ last: Delivery, attempt: Int) {
    let effects = state.withLock { state in
      guard state.end == nil, state.attempt == attempt else { return CallEffects() }
      var effects = state.receive(last, maxWaitingBytes: settings.maxWaitingBytes)
      state.trailing = trailing
      state.link = nil
      effects.merge(state.finish(.ok))
      return effects
    }
    if board.isThrottled { board.throttle.withLock { $0?.succeeded() } }
    effects.resume()
  }

  /// The connection could not take it.
  func neverSent() {
    attemptFailed(.neverSent, RPCError(.draining, target: board.target), attempt: nil)
  }

  /// The attempt failed: the call tries again or ends.
  func attemptFailed(
    _ failure: AttemptFailure, _ error: RPCError, _ last: Delivery = Delivery(), attempt: Int?
  ) {
    var random = SystemRandomNumberGenerator()
    let (decision, effects) = state.withLock { state in
      guard state.end == nil, attempt == nil || state.attempt == attempt else {
        return (RetryState.Decision?.none, CallEffects())
      }
      var effects = state.receive(last, maxWaitingBytes: settings.maxWaitingBytes)
      let decision = board.throttle.withLock {
        state.retry.failed(failure, throttle: &$0, using: &random)
      }
      switch decision {
      case .giveUp:
        state.trailing = error.metadata
        state.link = nil
        effects.merge(state.finish(.failed(errorAtDeadline(error))))
      case .retry, .retryTransparently: state.startOver()
      }
      return (decision, effects)
    }
    effects.resume()
    switch decision {
    // Never from here: a connection that takes nothing would answer into this very call.
    case .retryTransparently: Task { board.dispatch(self) }
    case .retry(let delay): dispatch(after: delay)
    case .giveUp, nil: break
    }
  }

  /// A server that cancels at the deadline says what the client would have said a moment later.
  private func errorAtDeadline(_ error: RPCError) -> RPCError {
    guard error.code == .cancelled, hasExpired else { return error }
    return .deadlinePassed
  }

  private func dispatch(after delay: Duration) {
    let time = ContinuousClock.now + delay
    let until = min(time, deadline ?? time)
    state.withLock { state in
      guard state.end == nil else { return }
      state.waitTimer = Task { [weak self] in
        guard (try? await Task.sleep(until: until)) != nil, let self else { return }
        if hasExpired { expire() } else { board.dispatch(self) }
      }
    }
  }
}

extension RPCError {
  static let cancelledByCaller = RPCError(.cancelled, "the caller cancelled the call")
  static let deadlinePassed = RPCError(
    .deadlineExceeded, "the call was not answered before its deadline")
}

extension CallEffects {
  /// Those of a second step of the same change: where both resume someone, the second knows more.
  mutating func merge(_ later: CallEffects) {
    reader = later.reader ?? reader
    headReader = later.headReader ?? headReader
    writer = later.writer ?? writer
    timer = later.timer
    link = later.link
    queue = later.queue
    hasEnded = later.hasEnded
  }
}
