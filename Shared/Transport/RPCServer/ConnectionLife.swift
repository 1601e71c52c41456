internal import HTTP2
internal import NIOCore
internal import RPC
internal import Sockets

/// Where a connection stands on its way to its end, and the timers that bring it there.
struct ConnectionLife {
  /// The two GOAWAYs of a graceful end (RFC 9113, section 6.8): announce, wait a round trip for
  /// the calls already on their way, then refuse.
  enum DrainPhase { case none, announced, refusing }

  static let drainPing: UInt64 = 0x6472_6169_6e00_0000
  static let keepalivePing: UInt64 = 0x616c_6976_6500_0000
  /// How long the peer may take to show that it has heard the first GOAWAY.
  static let drainRoundTrip = TimeAmount.seconds(1)
  /// How long the last words may take to be sent, and the peer to hear them and close.
  static let farewellTime = TimeAmount.seconds(1)
  /// What a peer may still say after the last words, so that they are not lost to a reset; it is
  /// thrown away.
  static let maxDiscardedBytes = 1024 * 1024

  var lifetime: ConnectionLifetime
  var patience: PeerPatience
  let patienceLimits: PeerPatience.Limits
  var drain = DrainPhase.none
  /// The last words are written: nothing more is heard or said.
  var isLeaving = false
  var discarded = 0
  var lifetimeTimer: Scheduled<Void>?
  var watchTimer: Scheduled<Void>?
  var farewell: Scheduled<Void>?

  init(_ configuration: ServerConfiguration, now: ContinuousClock.Instant) {
    lifetime = ConnectionLifetime(configuration.lifetime, now: now, jitter: .random(in: -1...1))
    patienceLimits = PeerPatience.Limits(
      greeting: configuration.greetingTimeout, header: configuration.headerTimeout,
      output: configuration.outputTimeout)
    patience = PeerPatience(patienceLimits, now: now)
  }

  mutating func cancelTimers() {
    for timer in [lifetimeTimer, watchTimer, farewell] { timer?.cancel() }
    (lifetimeTimer, watchTimer, farewell) = (nil, nil, nil)
  }
}

extension ServerConnection {
  private func schedule(
    in time: TimeAmount, _ body: @escaping @Sendable (ServerConnection) -> Void
  ) -> Scheduled<Void> {
    let this = NIOLoopBound(self, eventLoop: executor.loop)
    return executor.loop.scheduleTask(in: time) { body(this.value) }
  }

  // MARK: A slow peer

  /// Looks from time to time whether the peer gets on, for as long as something waits for it.
  func watch() {
    guard life.watchTimer == nil, context != nil, !life.isLeaving else { return }
    life.watchTimer = schedule(in: TimeAmount(life.patienceLimits.period)) { $0.look() }
  }

  private func look() {
    life.watchTimer = nil
    guard let context, !life.isLeaving else { return }
    let standing = standing
    if let end = life.patience.look(standing, .now) {
      entry.ends(end)
      guard end != .outputTimeout else { return context.close(promise: nil) }
      return terminate(.enhanceYourCalm, end.name)
    }
    let looks = life.patienceLimits.looks
    for stream in session.stalledStreams(after: looks, whenShut: isCrowded ? 1 : looks) {
      calls[stream]?.stalled()
      session.reset(stream, .enhanceYourCalm)
      needsFlush()
    }
    if life.patience.isWaiting(standing) || session.queuedBytes > 0 { watch() }
  }

  // MARK: Last words

  /// Ends the connection with GOAWAY, an error and a reason.
  private func terminate(_ code: HTTP2ErrorCode, _ reason: String) {
    session.terminate(code, reason: reason)
    needsFlush()
  }

  /// The peer hears why; whatever of its calls is open ends now.
  func sayGoodbye() {
    if let flood = session.flood {
      entry.ends(.flood(flood), session.verdict)
    } else if session.isFaulty {
      entry.ends(.protocolError, session.verdict)
    }
    if session.isFaulty { endCalls(.enhanceYourCalm) }
    limitFarewell()
  }

  /// Last words that nobody reads are not waited for.
  private func limitFarewell() {
    guard life.farewell == nil else { return }
    life.farewell = schedule(in: ConnectionLife.farewellTime) { $0.context?.close(promise: nil) }
  }

  /// Closes our side and lets the peer close its own: while it still sends, closing all at once
  /// would take back from it what it has not read yet.
  func leave() {
    guard let context, !life.isLeaving else { return }
    life.isLeaving = true
    limitFarewell()
    let bound = NIOLoopBound(context, eventLoop: executor.loop)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
      let context = bound.value
      context.close(mode: .output).assumeIsolated().whenFailure { _ in context.close(promise: nil) }
    }
  }

  func discard(_ count: Int) {
    life.discarded += count
    guard life.discarded > ConnectionLife.maxDiscardedBytes else { return }
    try? context?.channel.syncOptions?.setOption(.autoRead, value: false)
  }

  // MARK: Lifetime

  /// Takes no new calls, lets the open ones finish, then closes.
  func startDraining(_ end: ConnectionEnd) {
    guard life.drain == .none else { return }
    entry.ends(end)
    life.drain = .announced
    drainSignal.raise()
    life.lifetime.startedDraining(.now)
    session.submitShutdownNotice()
    session.ping(ConnectionLife.drainPing)
    needsFlush()
    scheduleLifetime()
    _ = schedule(in: ConnectionLife.drainRoundTrip) { $0.refuseFurtherStreams() }
  }

  /// Cuts what is left: every open call is reset.
  func cut(_ reason: String, _ end: ConnectionEnd) {
    entry.ends(end, reason)
    for call in calls.all {
      call.fail(RPCError(.unavailable, "the server stops: \(reason)").reason("DRAINING"))
    }
    terminate(.noError, reason)
  }

  func refuseFurtherStreams() {
    guard life.drain == .announced, context != nil else { return }
    life.drain = .refusing
    session.goAway()
    needsFlush()
  }

  func callsChanged() {
    life.lifetime.callsChanged(open: calls.count, now)
    if life.drain == .refusing, calls.isEmpty { needsFlush() }
  }

  func scheduleLifetime() {
    life.lifetimeTimer?.cancel()
    let wait = ContinuousClock.now.duration(to: life.lifetime.nextDue(.now))
    life.lifetimeTimer = schedule(in: TimeAmount(max(wait, .milliseconds(1)))) {
      $0.checkLifetime()
    }
  }

  private func checkLifetime() {
    guard context != nil else { return }
    switch life.lifetime.due(.now) {
    case .ping:
      entry.counts.keepalivesSent += 1
      session.ping(ConnectionLife.keepalivePing)
      needsFlush()
    case .drain(let reason): startDraining(reason == "max_idle" ? .maxIdle : .maxAge)
    case .close(let reason):
      cut(reason, reason.hasPrefix("keepalive") ? .keepalive : .maxAge)
      flushOutput()
      context?.close(promise: nil)
      return
    case nil: break
    }
    scheduleLifetime()
  }
}
