internal import HTTP2
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import RPC

/// One connection to a server: its HTTP/2 session and the attempts on it, all on one event loop.
///
///     connecting ──server's SETTINGS──▶ ready ──GOAWAY──▶ draining ──last stream──▶ closed
final class ClientConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  enum Phase { case connecting, ready, draining, closed }

  /// Bytes given to the channel in one piece.
  static let writeBytes = 64 * 1024
  /// How long a server may take to read the last words of a connection that is over.
  private static let lastWordsTimeout = Duration.seconds(2)

  let face: ConnectionFace
  let configuration: ChannelConfiguration
  let target: String
  private let serverName: String
  var session: HTTP2Session
  var attempts = StreamTable<Attempt>()
  /// Calls for which the server has no place yet.
  var queue = FIFO<OutgoingCall>()
  /// Calls in the queue have ended.
  var queueHasGaps = false
  var phase = Phase.connecting
  /// Why the connection ends, once something said so.
  var failure: TransportFailure?
  var context: ChannelHandlerContext?

  var headers: RequestHeaders
  private var hasHeard = false
  private var wasActive = false
  private var isEstablished = false
  private var output = ByteBuffer()
  private var isFlushing = false
  private var touched: [Attempt] = []

  var deadlines = DeadlineQueue<OutgoingCall>()
  var deadlineTimer: (task: Scheduled<Void>, due: ContinuousClock.Instant)?
  var keepalive: KeepaliveState
  var keepaliveTimer: Scheduled<Void>?
  private var connectTimer: Scheduled<Void>?
  /// Closes a connection whose server takes nothing: its last words, or anything at all.
  private var stallTimer: Scheduled<Void>?
  private let connectBy: ContinuousClock.Instant
  private let opened = ContinuousClock.now

  init(_ face: ConnectionFace, _ dialer: Dialer) throws(HTTP2Error) {
    self.face = face
    configuration = dialer.configuration
    target = dialer.target.description
    serverName = dialer.serverName
    connectBy = dialer.connectBy
    keepalive = KeepaliveState(dialer.keepalive, at: .now)
    headers = RequestHeaders(
      scheme: configuration.tls == nil ? "http" : "https", authority: dialer.authority,
      userAgent: configuration.userAgent)
    session = try HTTP2Session(.client, limits: configuration.http2)
  }

  // MARK: The channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if !face.attach(self, on: context.eventLoop) { failure = .channelShutDown }
  }

  func channelActive(context: ChannelHandlerContext) {
    wasActive = true
    if failure != nil { return close() }
    face.connected(ends(of: context.channel))
    let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
    connectTimer = context.eventLoop.scheduleTask(in: .until(connectBy)) {
      connection.value.connectTimedOut()
    }
    if configuration.tls == nil { establish() }
  }

  private func ends(of channel: any Channel, security: String? = nil) -> ConnectionFace.Ends {
    ConnectionFace.Ends(
      local: channel.localAddress?.text, remote: channel.remoteAddress?.text,
      security: security)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted(let negotiated) = event as? TLSUserEvent {
      secured(by: negotiated, context)
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func secured(by negotiated: String?, _ context: ChannelHandlerContext) {
    guard negotiated == ClientTLS.applicationProtocol else { return close(.alpnRefused) }
    let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
    if let mismatch = configuration.tls?.mismatch(certificate, targetName: serverName) {
      return close(mismatch)
    }
    let gate = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
    let security = gate?.tlsVersion.map { "\($0)" }
    face.connected(ends(of: context.channel, security: security))
    establish()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    guard phase != .closed else { return }
    let now = ContinuousClock.now
    if keepalive.isOn { keepalive.heard(at: now) }
    session.tell(opened.duration(to: now))
    if !hasHeard, let answer = ServerPreface.foreignAnswer(bytes.readableBytesUInt8Span) {
      return close(.notHTTP2(answer))
    }
    hasHeard = true
    let events = session.receive(bytes.readableBytesUInt8Span)
    handle(events, bytes)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    flush()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if phase != .closed { stallTimer.take()?.cancel() }
    flush()
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    close(TransportFailure(error))
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(failure ?? .connectionClosed)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    // Without a connection, who asked for one knows better why.
    if wasActive { end(failure ?? .connectionClosed) }
    self.context = nil
  }

  private func establish() {
    isEstablished = true
    flush()
  }

  private func connectTimedOut() {
    if phase == .connecting { close(.connectTimeout) }
  }

  // MARK: What the server said

  private func handle(_ events: [HTTP2Event], _ bytes: ByteBuffer) {
    for index in events.indices {
      switch events[index] {
      case .headers(let stream, let block, let kind):
        guard let attempt = attempts[stream], !attempt.isSettled else { continue }
        touch(attempt)
        let endsStream = index + 1 < events.count && events[index + 1].ends(stream)
        settle(attempt, by: attempt.receive(block, kind, endsStream: endsStream))
      case .data(let stream, let range): receive(stream, range, bytes)
      case .endOfStream(let stream):
        guard let attempt = attempts[stream], !attempt.isSettled else { continue }
        touch(attempt)
        settle(attempt, by: .broken(attempt.response.endedWithoutTrailers()))
      case .closed(let stream, let code): closed(stream, code)
      case .writable(let stream): if let attempt = attempts[stream] { pump(attempt) }
      case .goAway(_, let code, let reason): goAwayReceived(code, reason)
      case .settings: settingsReceived()
      case .settingsAcknowledged, .ping, .pong, .sentEndOfStream: break
      }
    }
    deliver()
  }

  private func receive(_ stream: StreamID, _ range: Range<Int>, _ bytes: ByteBuffer) {
    session.consumeConnection(range.count)
    guard let attempt = attempts[stream], !attempt.isSettled else {
      session.consume(range.count, on: stream)
      return
    }
    attempt.unconsumedBytes += range.count
    touch(attempt)
    let before = attempt.messages
    let outcome = attempt.receive(bytes.readableBytesUInt8Span.extracting(range))
    face.counters.received(messages: attempt.messages - before)
    settle(attempt, by: outcome)
  }

  private func touch(_ attempt: Attempt) {
    if touched.last !== attempt { touched.append(attempt) }
  }

  /// Hands each call what the read cycle brought it, and lets the server go on where it may. A
  /// stream that outlives its answer is ended.
  private func deliver() {
    for attempt in touched {
      if attempt.isSettled {
        if attempts[attempt.stream] === attempt { session.reset(attempt.stream, attempt.resetCode) }
        continue
      }
      let delivery = attempt.delivery
      attempt.delivery = Delivery()
      let holdsWindow = attempt.call.receive(delivery, attempt: attempt.number)
      if !holdsWindow { openWindow(attempt) }
    }
    touched.removeAll(keepingCapacity: true)
  }

  func openWindow(_ attempt: Attempt) {
    guard attempt.unconsumedBytes > 0 else { return }
    session.consume(attempt.unconsumedBytes, on: attempt.stream)
    attempt.unconsumedBytes = 0
  }

  private func settingsReceived() {
    if phase == .connecting {
      phase = .ready
      connectTimer?.cancel()
      face.becameReady()
      watchKeepalive()
    }
    startQueued()
  }

  private func goAwayReceived(_ code: HTTP2ErrorCode, _ reason: String) {
    let tooManyPings = code == .enhanceYourCalm && reason == "too_many_pings"
    failure = code == .noError ? .draining : .goAway(code, debug: reason)
    beginDraining(tooManyPings: tooManyPings)
  }

  // MARK: Output

  /// Sends what the session has, in one go as far as the channel takes it.
  func flush() {
    guard isEstablished, !isFlushing, phase != .closed, let context else { return }
    isFlushing = true
    defer { isFlushing = false }
    var isMoving: Bool
    repeat {
      isMoving = false
      while context.channel.isWritable, fillOutput() {
        context.write(wrapOutboundOut(output), promise: nil)
        isMoving = true
      }
      if isMoving { context.flush() }
      let events = session.takeEvents()
      handle(events, ByteBuffer())
      isMoving = isMoving || !events.isEmpty
    } while isMoving && phase != .closed && context.channel.isWritable && session.hasOutput
    if !context.channel.isWritable { closeUnlessTaken(within: configuration.stallTimeout, context) }
    closeIfFinished(context)
  }

  /// What waits for the server must not wait for ever.
  private func closeUnlessTaken(within time: Duration, _ context: ChannelHandlerContext) {
    guard stallTimer == nil else { return }
    let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
    stallTimer = context.eventLoop.scheduleTask(in: .until(.now + time)) {
      connection.value.close(.outputStalled)
    }
  }

  private func fillOutput() -> Bool {
    output.clear()
    while output.readableBytes < Self.writeBytes,
      session.nextOutput({ _ = unsafe output.writeBytes($0.bytes) })
    {}
    return output.readableBytes > 0
  }

  /// Everything is said: what is written still goes out before the channel closes.
  private func closeIfFinished(_ context: ChannelHandlerContext) {
    guard phase != .closed else { return }
    if session.isFinished {
      // A server that was leaving in peace and then broke the rules is not draining.
      if failure == nil || failure == .draining {
        failure = .protocolViolation(session.complaint ?? "it left the session unusable")
      }
    } else if phase != .draining || !attempts.isEmpty || session.hasOutput {
      return
    }
    leave()
    stallTimer.take()?.cancel()
    closeUnlessTaken(within: min(configuration.stallTimeout, Self.lastWordsTimeout), context)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
      context.close(promise: nil)
    }
  }

  // MARK: The end

  /// Nothing more to say: closes the channel; `channelInactive` does the rest.
  func close(_ reason: TransportFailure? = nil) {
    failure = failure ?? reason
    leave()
    context?.close(mode: .all, promise: nil)
  }

  /// No call shall find this connection any more.
  private func leave() {
    if phase == .ready { face.becameDraining(tooManyPings: false) }
    phase = .closed
  }

  private func end(_ reason: TransportFailure) {
    leave()
    connectTimer?.cancel()
    keepaliveTimer?.cancel()
    deadlineTimer?.task.cancel()
    stallTimer?.cancel()
    face.ended(reason)
    let (waiting, open) = (queue.takeAll(), attempts.all)
    attempts = StreamTable()
    for call in waiting { call.neverSent() }
    for attempt in open where !attempt.isSettled { lost(attempt, reason) }
  }
}

extension HTTP2Event {
  fileprivate func ends(_ stream: StreamID) -> Bool {
    if case .endOfStream(stream) = self { true } else { false }
  }
}

extension SocketAddress {
  /// `127.0.0.1:50051`, `[::1]:50051` or `unix:`.
  fileprivate var text: String {
    guard let host = ipAddress, let port else { return "unix:" }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}

extension TimeAmount {
  static func until(_ instant: ContinuousClock.Instant) -> TimeAmount {
    let (seconds, attoseconds) = max(.zero, instant - .now).components
    return .nanoseconds(min(seconds, 1 << 32) * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
