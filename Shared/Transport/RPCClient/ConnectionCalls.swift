internal import HTTP2
internal import NIOCore
internal import RPC

// The calls of a connection: how they begin, send, end, and what ends them early.

extension ClientConnection {
  /// Does what other threads asked for since the last time, then sends it in one go.
  func runCommands() {
    for command in face.takeCommands() {
      switch command {
      case .start(let call): start(call)
      case .pump(let stream): if let attempt = attempts[stream] { pump(attempt) }
      case .reset(let stream): abandon(stream)
      case .forgetQueued: queueHasGaps = true
      case .openWindow(let stream): if let attempt = attempts[stream] { openWindow(attempt) }
      case .drain:
        failure = failure ?? .channelShutDown
        beginDraining(tooManyPings: false)
      case .close(let reason): close(reason)
      }
    }
    pruneQueue()
    flush()
  }

  // MARK: Beginning

  private func start(_ call: OutgoingCall) {
    guard phase == .ready else { return call.neverSent() }
    guard attempts.count < session.remoteMaxConcurrentStreams else { return enqueue(call) }
    let now = ContinuousClock.now
    guard let (number, previous) = call.beginAttempt(at: now) else { return }
    let block = headers.block(
      call.method, remaining: call.deadline.map { $0 - now }, compress: call.compress,
      previousAttempts: previous, call.metadata)
    guard fits(block, call) else { return }
    do throws(HTTP2Error) {
      let stream = try session.submitRequest(block, endStream: false)
      let attempt = Attempt(call, number: number, stream, limits: configuration.http2)
      attempts.insert(attempt, for: stream)
      face.counters.streams.began(at: now)
      guard call.attach(face, stream) else { return abandon(stream) }
      if attempts.count == 1 { watchKeepalive() }
      watchDeadline(of: call)
      pump(attempt)
    } catch {
      beginDraining(tooManyPings: false)
      call.neverSent()
    }
  }

  private func fits(_ block: HeaderBlock, _ call: OutgoingCall) -> Bool {
    let limit = session.remoteMaxHeaderListBytes
    guard block.listBytes > limit else { return true }
    call.fail(
      RPCError(
        .resourceExhausted,
        "request headers of \(block.listBytes) bytes are larger than the server's limit "
          + "(SETTINGS_MAX_HEADER_LIST_SIZE) of \(limit)"
      ).reason(RPCError.headersTooLarge))
    return false
  }

  private func enqueue(_ call: OutgoingCall) {
    if queue.count >= configuration.maxWaitingCalls { pruneQueue() }
    guard queue.count < configuration.maxWaitingCalls else {
      return call.fail(
        RPCError(
          .resourceExhausted,
          "\(queue.count) calls already wait for a stream to \(target) (maxWaitingCalls)"
        ).reason(RPCError.tooManyWaiting))
    }
    guard call.queued(on: face) else { return }
    queue.append(call)
    watchDeadline(of: call)
  }

  /// Forgets the calls that ended while they waited.
  private func pruneQueue() {
    guard queueHasGaps else { return }
    queueHasGaps = false
    queue.removeAll(where: \.isOver)
  }

  /// Gives places that became free to calls that wait for one.
  func startQueued() {
    while phase == .ready, attempts.count < session.remoteMaxConcurrentStreams,
      let call = queue.popFirst()
    {
      start(call)
    }
  }

  // MARK: Sending

  /// Moves messages from the call to the session while that has room.
  func pump(_ attempt: Attempt) {
    guard !attempt.isSettled, !attempt.isSent else { return }
    do throws(HTTP2Error) {
      while !session.isCrowded(attempt.stream) {
        let (frames, isLast) = attempt.call.takeRequests(
          configuration.http2.outboundHighWater, attempt: attempt.number)
        for frame in frames { try session.write(frame, on: attempt.stream) }
        face.counters.sent(messages: frames.count)
        if isLast {
          attempt.isSent = true
          return try session.finish(attempt.stream)
        }
        if frames.isEmpty { return }
      }
    } catch {
      // The stream is gone; its end is already among the session's events.
      attempt.isSent = true
    }
  }

  // MARK: Ending

  /// The call needs to hear no more of this attempt.
  private func conclude(_ attempt: Attempt, well: Bool = false) {
    attempt.isSettled = true
    face.counters.streams.ended(well: well)
  }

  func settle(_ attempt: Attempt, by outcome: Attempt.Outcome?) {
    guard let outcome else { return }
    if case .succeeded = outcome { conclude(attempt, well: true) } else { conclude(attempt) }
    let (call, delivery) = (attempt.call, attempt.delivery)
    attempt.delivery = Delivery()
    switch outcome {
    case .succeeded(let trailing):
      call.succeeded(trailing, delivery, attempt: attempt.number)
    case .failed(let error, let pushback):
      call.attemptFailed(
        .status(error.code, pushback: pushback), error, delivery, attempt: attempt.number)
    case .broken(let error):
      attempt.resetCode = .cancel
      call.attemptFailed(
        .status(error.code, pushback: nil), error, delivery, attempt: attempt.number)
    }
  }

  /// The stream is gone.
  func closed(_ stream: StreamID, _ code: HTTP2ErrorCode) {
    guard let attempt = attempts.remove(stream) else { return }
    if !attempt.isSettled {
      conclude(attempt)
      let error = errorOfClosing(stream, code)
      attempt.call.attemptFailed(
        code == .refusedStream ? .refused : .status(error.code, pushback: nil), error,
        attempt.delivery, attempt: attempt.number)
    }
    startQueued()
  }

  /// Who reset a stream that the call still needed, and why.
  private func errorOfClosing(_ stream: StreamID, _ code: HTTP2ErrorCode) -> RPCError {
    if session.wasResetHere(stream) {
      return .malformedResponse(.internal, session.complaint ?? "it broke HTTP/2 with \(code)")
    }
    let reset: TransportFailure = code == .refusedStream ? .streamRefused : .streamReset(code)
    return RPCError(reset, target: target, address: face.endpoint.description)
  }

  /// The caller has no more use for it.
  private func abandon(_ stream: StreamID) {
    guard let attempt = attempts[stream], !attempt.isSettled else { return }
    conclude(attempt)
    session.reset(stream, .cancel)
  }

  /// The connection ended under it.
  func lost(_ attempt: Attempt, _ reason: TransportFailure) {
    conclude(attempt)
    let error = RPCError(reason, target: target, address: face.endpoint.description)
    attempt.call.attemptFailed(
      .status(error.code, pushback: nil), error, attempt.delivery, attempt: attempt.number)
  }

  // MARK: Draining

  /// Takes no more calls; closes when the open ones are over.
  func beginDraining(tooManyPings: Bool) {
    guard phase == .ready || phase == .connecting else { return }
    let wasReady = phase == .ready
    phase = .draining
    if wasReady { face.becameDraining(tooManyPings: tooManyPings) }
    for call in queue.takeAll() { call.neverSent() }
    if !wasReady { close() }
  }

  // MARK: Timers

  /// A call whose deadline passes is told so; a caller that hears nothing else hears that.
  private func watchDeadline(of call: OutgoingCall) {
    guard let deadline = call.deadline else { return }
    if deadlines.count > 64, deadlines.count > 2 * (attempts.count + queue.count) {
      deadlines.discard { $0.isOver }
    }
    deadlines.insert(call, due: deadline)
    scheduleDeadline()
  }

  private func scheduleDeadline() {
    guard let due = deadlines.next, let context else { return }
    if let deadlineTimer {
      guard due < deadlineTimer.due else { return }
      deadlineTimer.task.cancel()
    }
    let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
    let task = context.eventLoop.scheduleTask(in: .until(due)) { connection.value.deadlinePassed() }
    deadlineTimer = (task, due)
  }

  private func deadlinePassed() {
    deadlineTimer = nil
    let now = ContinuousClock.now
    while let call = deadlines.popDue(at: now) { call.expire() }
    queue.removeAll(where: \.isOver)
    scheduleDeadline()
  }

  /// Looks whether the server still lives, as often as the configuration says.
  func watchKeepalive() {
    guard keepalive.isOn, keepaliveTimer == nil, let context else { return }
    let loop = context.eventLoop
    switch keepalive.check(at: .now, hasCalls: !attempts.isEmpty) {
    case .rest: return
    case .close: return close(.keepaliveTimeout)
    case .wait(let until): schedule(until)
    case .ping(let until):
      session.ping(0)
      face.counters.sentKeepalive()
      schedule(until)
      flush()
    }
    func schedule(_ time: ContinuousClock.Instant) {
      let connection = NIOLoopBound(self, eventLoop: loop)
      keepaliveTimer = loop.scheduleTask(in: .until(time)) {
        connection.value.keepaliveTimer = nil
        connection.value.watchKeepalive()
      }
    }
  }
}
