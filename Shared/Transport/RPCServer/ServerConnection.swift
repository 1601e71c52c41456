internal import HTTP2
internal import NIOCore
internal import RPC
internal import Sockets

/// One client: its HTTP/2 session and its calls, all on one event loop.
final class ServerConnection: ChannelInboundHandler, LoopFlushable {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let configuration: ServerConfiguration
  let executor: LoopExecutor
  let peer: Peer
  let drainSignal = DrainSignal()
  var session: HTTP2Session

  private let router: Router
  private let workers: CallWorkers
  private var calls = StreamTable<ServerCallStream>()
  private var runningHandlers = 0
  /// Calls that began in this cycle: those still open at its end get a timer.
  private var fresh: [ServerCallStream] = []
  private var lifetime: ConnectionLifetime
  private var lifetimeTimer: Scheduled<Void>?
  private var farewell: Scheduled<Void>?
  private var context: ChannelHandlerContext?
  private var flushIsComing = false
  private var isInCycle = false
  private var isFeeding = false
  private var backlog: [ByteBuffer] = []
  /// Writing may tell of writability at once: the loop that writes sees to it.
  private var isFlushing = false
  private var drain = DrainPhase.none

  /// The two GOAWAYs of a graceful end (RFC 9113, section 6.8): announce, wait a round trip for
  /// the calls already on their way, then refuse.
  private enum DrainPhase { case none, announced, refusing }

  private static let drainPing: UInt64 = 0x6472_6169_6e00_0000
  private static let keepalivePing: UInt64 = 0x616c_6976_6500_0000
  /// Bytes fed to the session at once, so that what they provoke can be sent in between.
  private static let maxFeedBytes = 16 * 1024
  /// Frames that may wait for a peer that does not read.
  private static let maxQueuedFrames = 4_000
  /// How long the peer may take to show that it has heard the first GOAWAY.
  private static let drainRoundTrip = TimeAmount.seconds(1)
  /// How long the last words may take to be sent.
  private static let farewellTime = TimeAmount.seconds(1)
  /// The least a status needs. A peer's limit below it is advice that no answer could follow.
  private static let leastHeaderListBytes = 512
  /// Bytes collected for one write.
  private static let maxWriteBytes = 128 * 1024

  init(
    _ services: ServedBy, executor: LoopExecutor, workers: CallWorkers, peer: Peer
  ) throws {
    configuration = services.configuration
    router = services.router
    self.executor = executor
    self.workers = workers
    self.peer = peer
    session = try HTTP2Session(.server, limits: configuration.http2)
    lifetime = ConnectionLifetime(
      configuration.lifetime, now: .now, jitter: .random(in: -1...1))
  }

  /// Largest header list to send: ours or the peer's limit, the smaller.
  var outgoingHeaderLimit: Int {
    let wanted = min(
      configuration.http2.maxOutgoingHeaderListBytes, session.remoteMaxHeaderListBytes)
    return max(wanted, Self.leastHeaderListBytes)
  }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    scheduleLifetime()
    flushOutput()
  }

  func handlerRemoved(context: ChannelHandlerContext) { close() }
  func channelInactive(context: ChannelHandlerContext) { close() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  /// Bytes came: learn what they mean and hand each event to its call.
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // A write that fails may read what is left from within: such bytes wait their turn.
    guard !isFeeding else { return backlog.append(unwrapInboundIn(data)) }
    executor.beginCycle()
    isInCycle = true
    lifetime.heard(.now)
    isFeeding = true
    feed(unwrapInboundIn(data))
    while !backlog.isEmpty { feed(backlog.removeFirst()) }
    isFeeding = false
    // Who makes us speak and does not listen is not spoken to for long.
    if session.queuedFrames > Self.maxQueuedFrames, !context.channel.isWritable {
      context.close(promise: nil)
    }
  }

  private func feed(_ buffer: ByteBuffer) {
    var start = 0
    while start < buffer.readableBytes {
      let end = min(start + Self.maxFeedBytes, buffer.readableBytes)
      feed(buffer.readableBytesUInt8Span.extracting(start..<end))
      start = end
      if start < buffer.readableBytes { flushOutput() }
    }
  }

  /// The read cycle is over: run the handlers that became ready, then send all they produced.
  func channelReadComplete(context: ChannelHandlerContext) {
    isInCycle = false
    workers.run()
    needsFlush()
    executor.endCycle()
    armDeadlines()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { flushOutput() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event as? ConnectionOrder {
    case .drain: startDraining()
    case .cut(let reason): cut(reason)
    case nil: context.fireUserInboundEventTriggered(event)
    }
  }

  private func close() {
    guard context != nil else { return }
    context = nil
    lifetimeTimer?.cancel()
    farewell?.cancel()
    fresh = []
    for call in calls.all { call.closed(.cancel) }
    calls = StreamTable()
    if isInCycle {
      // The end of the cycle will not be told to a connection that died in it.
      isInCycle = false
      executor.scheduleEndOfCycle()
    }
  }

  // MARK: In

  private func feed(_ bytes: Span<UInt8>) {
    let now = ContinuousClock.now
    for event in session.receive(bytes) {
      if case .data(let stream, let range) = event {
        session.consumeConnection(range.count)
        calls[stream]?.received(bytes.extracting(range))
      } else {
        handle(event, now)
      }
    }
  }

  private func handle(_ event: HTTP2Event, _ now: ContinuousClock.Instant) {
    switch event {
    case .headers(let stream, let block, .request): open(stream, block, now)
    case .endOfStream(let stream):
      calls[stream]?.receivedEnd()
      startIfReady(stream)
    case .closed(let stream, let code):
      calls.remove(stream)?.closed(code)
      callsChanged(now)
    case .sentEndOfStream(let stream):
      // The answer is complete and the caller still sends: it need not (RFC 9113, section 8.1).
      session.reset(stream, .noError)
      needsFlush()
    case .writable(let stream): calls[stream]?.becameWritable()
    case .ping:
      if lifetime.pinged(now) {
        session.terminate(.enhanceYourCalm, reason: "too_many_pings")
      }
    case .pong(Self.drainPing): refuseFurtherStreams()
    case .headers, .data, .goAway, .settings, .settingsAcknowledged, .pong: break
    }
  }

  private func open(_ stream: StreamID, _ block: HeaderBlock, _ now: ContinuousClock.Instant) {
    // A reset takes a call off the table but not its handler off the loop: both count.
    guard max(calls.count, runningHandlers) < configuration.http2.maxConcurrentStreams else {
      return session.reset(stream, .refusedStream)
    }
    do throws(RequestHead.Refusal) {
      let head = try RequestHead.read(block, limits: configuration.http2)
      do throws(RPCError) {
        let method = try router.method(at: head.path)
        let unnamed =
          method.kind == .unary ? configuration.defaultDeadline : configuration.maxDeadline
        let timeout = min(head.timeout ?? unnamed, configuration.maxDeadline)
        let call = ServerCallStream(
          stream, on: self, method, head, Metadata(block), deadline: now + timeout)
        calls.insert(call, for: stream)
        fresh.append(call)
        callsChanged(now)
        startIfReady(stream)
      } catch {
        throw .grpc(error)
      }
    } catch {
      if case .grpc(let error) = error {
        let refused = configuration.observer?.observer(of: nil).began(Metadata(block), peer)
        refused?.ended(error, cause: nil)
      }
      refuse(stream, error)
    }
  }

  private func startIfReady(_ stream: StreamID) {
    guard let call = calls[stream], call.isReadyToStart else { return }
    call.markStarted()
    workers.enqueue(call)
  }

  private func refuse(_ stream: StreamID, _ refusal: RequestHead.Refusal) {
    switch refusal {
    case .grpc(let error):
      let block = ResponseHeaders.trailersOnly(error, [:], limit: outgoingHeaderLimit)
      try? session.submitResponse(block, on: stream, endStream: true)
    case .http(let status, let sentence):
      try? session.submitResponse(
        ResponseHeaders.refusal(status, sentence), on: stream, endStream: false)
      try? session.write(Array("\(sentence)\n".utf8), on: stream)
      try? session.finish(stream)
    }
  }

  /// Calls that outlast their first cycle need a timer; most do not.
  private func armDeadlines() {
    guard !fresh.isEmpty else { return }
    for call in fresh { call.armDeadline() }
    fresh.removeAll(keepingCapacity: true)
  }

  // MARK: Out

  /// Output is waiting: it goes out at the end of the cycle.
  func needsFlush() {
    guard !flushIsComing else { return }
    flushIsComing = true
    executor.scheduleFlush(self)
  }

  func flushOutput() {
    flushIsComing = false
    guard let context, context.channel.isActive, !isFlushing else { return }
    isFlushing = true
    var isMoving: Bool
    repeat {
      isMoving = false
      while context.channel.isWritable, writeOnce(context) { isMoving = true }
      let now = ContinuousClock.now
      for event in session.takeEvents() {
        handle(event, now)
        isMoving = true
      }
    } while isMoving && session.hasOutput && context.channel.isWritable
    isFlushing = false
    if session.isEnding { limitFarewell() }
    if session.isFinished || (drain == .refusing && calls.isEmpty && !session.hasOutput) {
      closeGently()
    }
  }

  /// False when there was nothing to write.
  private func writeOnce(_ context: ChannelHandlerContext) -> Bool {
    var buffer = context.channel.allocator.buffer(capacity: 1024)
    while buffer.readableBytes < Self.maxWriteBytes,
      session.nextOutput({ _ = unsafe buffer.writeBytes($0.bytes) })
    {}
    guard buffer.readableBytes > 0 else { return false }
    if session.takeSentCallFrames() { lifetime.sentOutput() }
    context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    return true
  }

  /// Last words that nobody reads are not waited for.
  private func limitFarewell() {
    guard farewell == nil else { return }
    let this = NIOLoopBound(self, eventLoop: executor.loop)
    farewell = executor.loop.scheduleTask(in: Self.farewellTime) {
      this.value.context?.close(promise: nil)
    }
  }

  private func closeGently() {
    guard let context else { return }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
      context.close(promise: nil)
    }
  }

  // MARK: Lifetime

  func handlerStarted() { runningHandlers += 1 }
  func handlerEnded() { runningHandlers -= 1 }

  /// Takes no new calls, lets the open ones finish, then closes.
  private func startDraining() {
    guard drain == .none else { return }
    drain = .announced
    drainSignal.raise()
    lifetime.startedDraining(.now)
    session.submitShutdownNotice()
    session.ping(Self.drainPing)
    needsFlush()
    scheduleLifetime()
    let this = NIOLoopBound(self, eventLoop: executor.loop)
    executor.loop.scheduleTask(in: Self.drainRoundTrip) { this.value.refuseFurtherStreams() }
  }

  /// Cuts what is left: every open call is reset.
  private func cut(_ reason: String) {
    for call in calls.all {
      call.fail(RPCError(.unavailable, "the server stops: \(reason)").reason("DRAINING"))
    }
    session.terminate(.noError, reason: reason)
    needsFlush()
  }

  private func refuseFurtherStreams() {
    guard drain == .announced, context != nil else { return }
    drain = .refusing
    session.goAway()
    needsFlush()
  }

  private func callsChanged(_ now: ContinuousClock.Instant) {
    lifetime.callsChanged(open: calls.count, now)
    if drain == .refusing, calls.isEmpty { needsFlush() }
  }

  private func scheduleLifetime() {
    lifetimeTimer?.cancel()
    let wait = ContinuousClock.now.duration(to: lifetime.nextDue(.now))
    let this = NIOLoopBound(self, eventLoop: executor.loop)
    lifetimeTimer = executor.loop.scheduleTask(in: TimeAmount(max(wait, .milliseconds(1)))) {
      this.value.checkLifetime()
    }
  }

  private func checkLifetime() {
    guard context != nil else { return }
    switch lifetime.due(.now) {
    case .ping:
      session.ping(Self.keepalivePing)
      needsFlush()
    case .drain: startDraining()
    case .close(let reason):
      cut(reason)
      flushOutput()
      context?.close(promise: nil)
      return
    case nil: break
    }
    scheduleLifetime()
  }
}
