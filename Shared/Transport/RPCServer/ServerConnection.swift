internal import HTTP2
internal import NIOCore
internal import RPC
internal import Sockets

/// One client: its HTTP/2 session and its calls, all on one event loop.
///
/// What brings it to its end is in `ConnectionLife`.
final class ServerConnection: ChannelInboundHandler, LoopFlushable {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let configuration: ServerConfiguration
  let executor: LoopExecutor
  let entry: ConnectionEntry
  let peer: Peer
  let drainSignal = DrainSignal()
  var session: HTTP2Session
  var calls = StreamTable<ServerCallStream>()
  var context: ChannelHandlerContext?
  var life: ConnectionLife
  var partials: PartialMessages
  let registry: ConnectionRegistry
  /// What the registry knows of `OutputBudget`'s.
  var reportedUnread = 0
  /// An answer found no room.
  var isTurnedAway = false
  /// Calls that wait for a worker.
  var ready = FIFO<ServerCallStream>()

  private let router: Router
  private var recent = RecentMethod()
  private let workers: CallWorkers
  /// Handlers that still run although their streams are gone: each takes the place of a stream.
  private var orphans = 0
  /// Calls that began in this cycle: those still open at its end get a timer.
  private var fresh: [ServerCallStream] = []
  /// Calls that wait until the peer has taken some of what is queued for it.
  private var held = FIFO<ServerCallStream>()
  /// Streams in the middle of a message whose window stays shut.
  private var starved: [ServerCallStream] = []
  /// When the read cycle began: one reading of the clock serves all of it.
  private var cycleBegan = ContinuousClock.now
  private var flushIsComing = false
  private var isInCycle = false
  private var isEndingCycle = false
  private var isFeeding = false
  private var backlog: [ByteBuffer] = []
  /// Writing may tell of writability at once: the loop that writes sees to it.
  private var isFlushing = false
  /// What was given to the socket.
  private var written = 0

  /// Bytes fed to the session at once, so that what they provoke can be sent in between.
  private static let maxFeedBytes = 16 * 1024
  /// Frames that may wait for a peer that does not read.
  private static let maxQueuedFrames = 4_000
  /// The least a status needs. A peer's limit below it is advice that no answer could follow.
  private static let leastHeaderListBytes = 512
  /// Bytes collected for one write.
  private static let maxWriteBytes = 128 * 1024

  init(
    _ services: ServedBy, executor: LoopExecutor, workers: CallWorkers, entry: ConnectionEntry,
    peer: Peer
  ) throws {
    configuration = services.configuration
    router = services.router
    registry = services.registry
    self.executor = executor
    self.workers = workers
    self.entry = entry
    self.peer = peer
    session = try HTTP2Session(.server, limits: configuration.http2)
    life = ConnectionLife(configuration, now: cycleBegan)
    partials = PartialMessages(limit: configuration.http2.maxPartialBytes)
  }

  /// Largest header list to send: ours or the peer's limit, the smaller.
  var outgoingHeaderLimit: Int {
    let wanted = min(
      configuration.http2.maxOutgoingHeaderListBytes, session.remoteMaxHeaderListBytes)
    return max(wanted, Self.leastHeaderListBytes)
  }

  /// Now, or as good as now.
  var now: ContinuousClock.Instant { isInCycle || isEndingCycle ? cycleBegan : .now }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    scheduleLifetime()
    flushOutput()
  }

  func handlerRemoved(context: ChannelHandlerContext) { close() }
  func channelInactive(context: ChannelHandlerContext) { close() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    entry.failed(error)
    context.close(promise: nil)
  }

  /// Bytes came: learn what they mean and hand each event to its call.
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // Whose first write failed is closed, and is still handed what it has said.
    guard self.context != nil else { return }
    // A write that fails may read what is left from within: such bytes wait their turn.
    guard !isFeeding else { return backlog.append(unwrapInboundIn(data)) }
    beginCycle()
    isFeeding = true
    feed(unwrapInboundIn(data))
    while !backlog.isEmpty { feed(backlog.removeFirst()) }
    isFeeding = false
    // Who makes us speak and does not listen is not spoken to for long.
    if session.queuedFrames > Self.maxQueuedFrames, !context.channel.isWritable {
      entry.ends(.unread)
      context.close(promise: nil)
    }
  }

  private func beginCycle() {
    guard !isInCycle else { return }
    executor.beginCycle()
    isInCycle = true
    cycleBegan = .now
    life.lifetime.heard(cycleBegan)
    session.tell(entry.opened.duration(to: cycleBegan))
  }

  private func feed(_ buffer: ByteBuffer) {
    guard !life.isLeaving else { return discard(buffer.readableBytes) }
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
    if !isInCycle { cycleBegan = .now }
    isInCycle = false
    isEndingCycle = true
    workers.run()
    needsFlush()
    executor.endCycle()
    armDeadlines()
    isEndingCycle = false
    if session.openHeaderBlock != nil || !session.hasHeardSettings { watch() }
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { flushOutput() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event as? ConnectionOrder {
    case .drain: startDraining(.drained)
    case .cut(let reason): cut(reason, .drained)
    case .giveWay:
      entry.ends(.outputBudget)
      context.close(promise: nil)
    case .goOn:
      isTurnedAway = false
      beginHeld()
    case nil: context.fireUserInboundEventTriggered(event)
    }
  }

  private func close() {
    guard context != nil else { return }
    context = nil
    life.cancelTimers()
    endCalls(.cancel)
    if isInCycle {
      // The end of the cycle will not be told to a connection that died in it.
      isInCycle = false
      executor.scheduleEndOfCycle()
    }
  }

  /// Nothing can be answered any more.
  func endCalls(_ code: HTTP2ErrorCode) {
    fresh = []
    held = FIFO()
    starved = []
    let open = calls.all
    calls = StreamTable()
    for call in open { ended(call, code) }
  }

  // MARK: In

  private func feed(_ bytes: Span<UInt8>) {
    for event in session.receive(bytes) {
      if case .data(let stream, let range) = event {
        session.consumeConnection(range.count)
        calls[stream]?.received(bytes.extracting(range))
      } else {
        handle(event)
      }
    }
  }

  private func handle(_ event: HTTP2Event) {
    switch event {
    case .headers(let stream, let block, .request): open(stream, block)
    case .endOfStream(let stream):
      calls[stream]?.receivedEnd()
      startIfReady(stream)
    case .closed(let stream, let code):
      if let call = calls.remove(stream) { ended(call, code) }
      callsChanged()
    case .sentEndOfStream(let stream):
      // The answer is complete and the caller still sends: it need not (RFC 9113, section 8.1).
      session.reset(stream, .noError)
      needsFlush()
    case .writable(let stream): calls[stream]?.becameWritable()
    case .ping:
      if life.lifetime.pinged(now) {
        entry.ends(.flood(.ping), "too_many_pings")
        session.terminate(.enhanceYourCalm, reason: "too_many_pings")
      }
    case .pong(ConnectionLife.drainPing): refuseFurtherStreams()
    case .headers, .data, .goAway, .settings, .settingsAcknowledged, .pong: break
    }
  }

  private func open(_ stream: StreamID, _ block: HeaderBlock) {
    // A reset takes a call off the table but not its handler off the loop: both count.
    guard calls.count + orphans < configuration.http2.maxConcurrentStreams,
      !session.isBeyondGoAway(stream)
    else {
      return session.reset(stream, .refusedStream)
    }
    entry.counts.streams.started += 1
    entry.counts.streams.lastStarted = now
    do throws(RequestHead.Refusal) {
      let head = try RequestHead.read(block, limits: configuration.http2)
      do throws(RPCError) {
        let method = try recent.method(at: head.path, in: router)
        let unnamed =
          method.kind == .unary ? configuration.defaultDeadline : configuration.maxDeadline
        let timeout = min(head.timeout ?? unnamed, configuration.maxDeadline)
        let call = ServerCallStream(
          stream, on: self, method, head, Metadata(block), deadline: now + timeout)
        calls.insert(call, for: stream)
        fresh.append(call)
        callsChanged()
        startIfReady(stream)
      } catch {
        throw .grpc(error)
      }
    } catch {
      if case .grpc(let error) = error {
        let refused = configuration.observer?.observer(of: nil).began(
          Metadata(block), peer, at: now)
        refused?.ended(error, cause: nil)
      }
      refuse(stream, error)
    }
  }

  private func startIfReady(_ stream: StreamID) {
    guard let call = calls[stream], call.isReadyToStart else { return }
    call.markStarted()
    workers.enqueue(call, of: self)
  }

  private func refuse(_ stream: StreamID, _ refusal: RequestHead.Refusal) {
    entry.counts.streams.failed += 1
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

  // MARK: Calls

  private func ended(_ call: ServerCallStream, _ code: HTTP2ErrorCode) {
    if call.isServing { orphans += 1 }
    call.closed(code)
  }

  /// A handler has returned whose stream was gone before.
  func orphanEnded() { orphans -= 1 }

  /// Whether a call has to wait before its handler runs, because so much is queued already that the
  /// peer does not take. It is begun when there is room.
  func holds(_ call: ServerCallStream) -> Bool {
    guard holdsCalls else { return false }
    held.append(call)
    return true
  }

  var isCrowded: Bool { session.excessBytes >= configuration.http2.connectionHighWater }

  private func beginHeld() {
    guard !held.isEmpty, !holdsCalls else { return }
    while let call = held.popFirst() { workers.enqueue(call, of: self) }
    let this = NIOLoopBound(self, eventLoop: executor.loop)
    executor.loop.execute {
      this.value.workers.run()
      this.value.executor.endCycle()
    }
  }

  /// The part of a message that a stream holds has changed. True when the stream may go on.
  func partialChanged(by bytes: Int, of call: ServerCallStream) -> Bool {
    guard bytes != 0 || call.isMidMessage || partials.favours(call.id) else { return true }
    if partials.changed(by: bytes, of: call.id, isWhole: !call.isMidMessage) {
      let waiting = starved
      starved = []
      for call in waiting { call.releaseWindowIfAllowed() }
    }
    return !call.isMidMessage || partials.letsGrow(call.id)
  }

  func starve(_ call: ServerCallStream) {
    if !starved.contains(where: { $0 === call }) { starved.append(call) }
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
    guard let context, context.channel.isActive, !isFlushing, !life.isLeaving else { return }
    isFlushing = true
    var isMoving: Bool
    repeat {
      isMoving = false
      while context.channel.isWritable, writeOnce(context) { isMoving = true }
      for event in session.takeEvents() {
        handle(event)
        isMoving = true
      }
    } while isMoving && context.channel.isWritable
    isFlushing = false
    if session.isEnding { sayGoodbye() }
    if session.isFinished || (life.drain == .refusing && calls.isEmpty && !session.hasOutput) {
      leave()
    } else if session.queuedBytes > 0 || !context.channel.isWritable {
      watch()
    }
    reportUnread()
    beginHeld()
  }

  /// False when there was nothing to write.
  private func writeOnce(_ context: ChannelHandlerContext) -> Bool {
    let buffer = executor.collect { output in
      while output.readableBytes < Self.maxWriteBytes,
        session.nextOutput({ _ = unsafe output.writeBytes($0.bytes) })
      {}
    }
    guard buffer.readableBytes > 0 else { return false }
    if session.takeSentCallFrames() { life.lifetime.sentOutput() }
    written += buffer.readableBytes
    context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    return true
  }

  /// How things stand between us and a peer that may be slow.
  var standing: PeerPatience.Standing {
    let buffered = try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)
    let unsent = buffered ?? 0
    return PeerPatience.Standing(
      hasGreeted: session.hasHeardSettings, openBlock: session.openHeaderBlock, unsent: unsent,
      sent: written - unsent)
  }
}
