package import NIOCore
package import RPC
internal import Synchronization

/// A client's way to a service: makes calls on whatever connections its target's servers allow.
///
/// It connects when a call wants it, and again after failures with backoff. Calls may be made from
/// any task. What is thrown is `RPCError`; UNAVAILABLE and INTERNAL of the transport's own say why
/// in an `ErrorInfo` whose reasons are `TransportFailure`'s, MALFORMED_MESSAGE, or CONCURRENT_USE
/// where two tasks read, or write, one call. To be shut down before its event loops are; a channel
/// that is let go closes its connections at once.
package final class RPCChannel: CallInvoker {
  package let target: Target
  private let configuration: ChannelConfiguration
  let board: ChannelBoard
  private let held = HeldCalls()
  private let events: AsyncStream<ChannelEvent>.Continuation
  private let settings = Mutex<[MethodName: MethodConfig?]>([:])

  /// Methods whose settings are kept at hand.
  private static let settingsMaximum = 1024

  package init(
    target: Target, configuration: ChannelConfiguration = ChannelConfiguration(),
    eventLoopGroup: any EventLoopGroup
  ) {
    self.target = target
    self.configuration = configuration
    let (stream, events) = AsyncStream.makeStream(of: ChannelEvent.self)
    self.events = events
    board = ChannelBoard(target: target.description, configuration) { events.yield(.wake) }
    var control = ChannelControl(target, configuration, eventLoopGroup, board, events)
    Task { await control.run(stream) }
  }

  deinit {
    _ = board.publish(.shutDown)
    board.command(.close(.channelShutDown))
    events.finish()
  }

  package var state: Connectivity { board.connectivity }

  /// Calls made and not let go yet.
  package var openCalls: Int { held.count.load(ordering: .relaxed) }

  /// Connects without waiting for a call.
  package func connect() { events.yield(.wake) }

  /// Takes no more calls, lets the open ones end, and closes; what is open after `grace` is cut
  /// off.
  package func shutdown(grace: Duration = .seconds(30)) async {
    _ = board.publish(.shutDown)
    events.finish()
    board.command(.drain)
    let cutOff = Task { [board] in
      guard (try? await Task.sleep(for: grace)) != nil else { return }
      board.command(.close(.channelShutDown))
    }
    await board.allClosed()
    cutOff.cancel()
  }

  /// How the channel, its subchannels and their connections stand.
  package func snapshot() async -> ChannelSnapshot {
    await withCheckedContinuation { asker in
      guard case .terminated = events.yield(.snapshot(asker)) else { return }
      asker.resume(
        returning: ChannelSnapshot(
          number: board.number, target: board.target, state: .shutdown, calls: board.calls.counts,
          trace: EventTrace(), subchannels: []))
    }
  }

  package func open(_ request: ClientRequest) async throws -> any ClientStream {
    guard !configuration.interceptors.isEmpty else { return try start(request) }
    return try await RPC.open(request, through: configuration.interceptors[...]) { request in
      try self.start(request)
    }
  }

  private func start(_ request: ClientRequest) throws(RPCError) -> any ClientStream {
    var request = request
    let served = CallContext.current
    if let served { passTrace(of: served, to: &request.options.metadata) }
    let now = ContinuousClock.now
    let settings = settings(for: request, served, at: now)
    if let hedging = settings.hedging {
      let race = try HedgeRace(request, hedging, settings, board)
      board.calls.began(at: now)
      return HedgedCall(race, held)
    }
    let call = try OutgoingCall(request, settings, board)
    board.calls.began(at: now)
    let handle = CallHandle(call, held)
    if call.hasExpired(at: now) { call.expire() } else { board.dispatch(call) }
    return handle
  }

  private func settings(
    for request: ClientRequest, _ served: CallContext?, at now: ContinuousClock.Instant
  ) -> OutgoingCall.Settings {
    let method = methodConfig(request.method)
    let options = request.options
    let timeout = shorter(options.timeout, method?.timeout) ?? configuration.defaultTimeout
    var settings = OutgoingCall.Settings(configuration)
    if timeout != nil || served != nil {
      settings.deadline = CallDeadline.deadline(
        timeout: timeout, inherited: served?.deadline, margin: configuration.deadlineMargin,
        now: now)
    }
    settings.waitsForReady = options.waitForReady ?? method?.waitForReady ?? false
    settings.retry = method?.retry
    settings.hedging = method?.hedging
    if let limit = method?.requestBytesMaximum {
      settings.maxSendBytes = min(settings.maxSendBytes, limit)
    }
    if let limit = method?.responseBytesMaximum {
      settings.maxReceiveBytes = min(settings.maxReceiveBytes, limit)
    }
    return settings
  }

  private func shorter(_ one: Duration?, _ other: Duration?) -> Duration? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
  }

  private func methodConfig(_ method: MethodName) -> MethodConfig? {
    guard !configuration.serviceConfig.methods.isEmpty else { return nil }
    return settings.withLock { settings in
      if let known = settings[method] { return known }
      let found = configuration.serviceConfig.settings(of: method)
      if settings.count < Self.settingsMaximum { settings[method] = .some(found) }
      return found
    }
  }

  /// The call belongs to the trace of the one being served, unless its caller says otherwise.
  private func passTrace(of served: CallContext, to metadata: inout Metadata) {
    guard metadata[TraceParent.headerName] == nil, let parent = served.trace else { return }
    metadata.add(TraceParent.headerName, parent.description)
    // The state belongs to the trace that was passed in: a new one has none.
    guard TraceParent(served.metadata) != nil else { return }
    for state in served.metadata.all(TraceParent.stateHeaderName) {
      metadata.add(TraceParent.stateHeaderName, state)
    }
  }
}
