internal import NIOCore
internal import RPC

/// What happens to a channel, in the order in which it happens.
enum ChannelEvent: Sendable {
  /// A call wants a connection and nothing is being done for it.
  case wake
  case resolved(Result<[Resolver.Address], TransportFailure>)
  /// The time has come to resolve the name again.
  case resolutionDue
  case backoffEnded(Endpoint)
  case connection(ConnectionFace, ConnectionEvent)
  /// What the server of a connection says of its health.
  case health(ConnectionFace, EndpointState)
  /// An operator asks how the channel stands.
  case snapshot(CheckedContinuation<ChannelSnapshot, Never>)
}

/// Keeps a channel connected: resolves its target, asks the balancer what to connect to, and
/// publishes what calls may use. One task runs it; everyone else sends it events.
struct ChannelControl {
  let target: Target
  let configuration: ChannelConfiguration
  let group: any EventLoopGroup
  let board: ChannelBoard
  let events: AsyncStream<ChannelEvent>.Continuation

  private var balancer: any Balancer
  private var subchannels: [Endpoint: Subchannel] = [:]
  /// In the resolver's order, each with the host it was found under.
  private var addresses: [Resolver.Address] = []
  private var trace = EventTrace()
  private var keepalive: ClientKeepalive
  private var random = SystemRandomNumberGenerator()

  private var hasEndpoints = false
  private var isResolving = false
  private var resolutionFailures = 0
  private var resolutionFailure: TransportFailure?
  private var lastResolution: ContinuousClock.Instant?
  private var resolutionTimer: Task<Void, Never>?
  private var wantsConnection = false

  init(
    _ target: Target, _ configuration: ChannelConfiguration, _ group: any EventLoopGroup,
    _ board: ChannelBoard, _ events: AsyncStream<ChannelEvent>.Continuation
  ) {
    self.target = target
    self.configuration = configuration
    self.group = group
    self.board = board
    self.events = events
    keepalive = configuration.keepalive
    balancer = configuration.serviceConfig.balancing.balancer(
      using: SystemRandomNumberGenerator())
  }

  /// Until the stream ends: the channel was shut down.
  mutating func run(_ stream: AsyncStream<ChannelEvent>) async {
    for await event in stream {
      handle(event)
      publish()
    }
    resolutionTimer?.cancel()
    for endpoint in subchannels.keys { subchannels[endpoint]?.release() }
  }

  private mutating func handle(_ event: ChannelEvent) {
    switch event {
    case .wake:
      wantsConnection = true
      if hasEndpoints { perform(balancer.exitIdle()) } else { resolve() }
    case .resolved(.success(let endpoints)): resolved(endpoints)
    case .resolved(.failure(let failure)): resolutionFailed(failure)
    case .resolutionDue: resolve()
    case .backoffEnded(let endpoint): backoffEnded(endpoint)
    case .connection(let face, let event): changed(face, event)
    case .health(let face, let state):
      guard subchannels[face.endpoint]?.face === face else { break }
      _ = change(face.endpoint) { $0.hears(state) }
      perform(balancer.changed(face.endpoint, to: state))
    case .snapshot(let asker): asker.resume(returning: snapshot)
    }
  }

  private mutating func publish() {
    let before = board.connectivity
    if board.publish(offer) {
      perform(balancer.exitIdle())
      _ = board.publish(offer)
    }
    let state = board.connectivity
    if state != before { trace.add("\(before) → \(state)") }
  }

  private var snapshot: ChannelSnapshot {
    let known = addresses.compactMap { subchannels[$0.endpoint]?.snapshot }
    return ChannelSnapshot(
      number: board.number, target: board.target, state: board.connectivity,
      calls: board.calls.counts, trace: trace, subchannels: known)
  }

  private var offer: ChannelBoard.Offer {
    guard hasEndpoints else {
      if let resolutionFailure { return .fail(resolutionFailure) }
      return isResolving ? .wait : .idle
    }
    switch balancer.picks {
    case .idle: return .idle
    case .wait: return .wait
    case .fail(let failure): return .fail(failure)
    case .ready(let endpoints):
      let faces = endpoints.compactMap { subchannels[$0]?.face }.filter(\.takesCalls)
      return faces.isEmpty ? .wait : .ready(faces)
    }
  }

  // MARK: Names

  private mutating func resolve() {
    guard !isResolving else { return }
    isResolving = true
    resolutionTimer?.cancel()
    let resolver = Resolver(target: target, maxEndpoints: configuration.maxEndpoints)
    Task { [events] in events.yield(.resolved(await resolver.resolve())) }
  }

  private mutating func resolved(_ addresses: [Resolver.Address]) {
    if addresses != self.addresses {
      trace.add("resolved to \(addresses.map(\.endpoint.description).joined(separator: ", "))")
    }
    self.addresses = addresses
    isResolving = false
    hasEndpoints = true
    resolutionFailures = 0
    resolutionFailure = nil
    lastResolution = .now
    perform(balancer.resolved(addresses.map(\.endpoint)))
    if wantsConnection {
      wantsConnection = false
      perform(balancer.exitIdle())
    }
    if case .dns = target.kind { resolveAgain(after: configuration.resolutionPeriod) }
  }

  private mutating func resolutionFailed(_ failure: TransportFailure) {
    isResolving = false
    resolutionFailures += 1
    resolutionFailure = failure
    trace.add(failure.explanation, .warning)
    lastResolution = .now
    resolveAgain(
      after: configuration.backoff.delay(afterFailures: resolutionFailures, using: &random))
  }

  /// Something failed: the addresses may be out of date.
  private mutating func resolveSoon() {
    if case .unix = target.kind { return }
    let spacing = configuration.resolutionSpacing
    let since = lastResolution.map { $0.duration(to: .now) } ?? spacing
    resolveAgain(after: max(.zero, spacing - since))
  }

  private mutating func resolveAgain(after delay: Duration) {
    resolutionTimer?.cancel()
    resolutionTimer = after(delay, .resolutionDue)
  }

  private func after(_ delay: Duration, _ event: ChannelEvent) -> Task<Void, Never> {
    Task { [events] in
      guard (try? await Task.sleep(for: delay)) != nil else { return }
      events.yield(event)
    }
  }

  // MARK: Connections

  private mutating func perform(_ actions: [BalancerAction]) {
    for action in actions {
      switch action {
      case .connect(let endpoint): connect(endpoint)
      case .release(let endpoint):
        var released = subchannels.removeValue(forKey: endpoint)
        released?.release()
      case .resolve: resolveSoon()
      }
    }
  }

  private mutating func connect(_ endpoint: Endpoint) {
    let action = change(endpoint, orMake: true) { $0.connect() }
    follow(action ?? .none, endpoint)
  }

  /// Changes the subchannel of an endpoint; nil where there is none.
  private mutating func change<Result>(
    _ endpoint: Endpoint, orMake makes: Bool = false, _ change: (inout Subchannel) -> Result
  ) -> Result? {
    if makes, subchannels[endpoint] == nil {
      subchannels[endpoint] = Subchannel(endpoint, configuration.backoff)
    }
    guard let index = subchannels.index(forKey: endpoint) else { return nil }
    return change(&subchannels.values[index])
  }

  private mutating func follow(_ action: SubchannelState.Action, _ endpoint: Endpoint) {
    switch action {
    case .none: break
    case .wait(let until):
      let timer = after(
        max(.zero, ContinuousClock.now.duration(to: until)), .backoffEnded(endpoint))
      _ = change(endpoint) { $0.waits(by: timer) }
    case .connect(let by):
      let face = makeConnection(endpoint, by: by)
      _ = change(endpoint) { $0.connecting(on: face) }
    }
  }

  private mutating func backoffEnded(_ endpoint: Endpoint) {
    guard let action = change(endpoint, { $0.backoffEnded() }) else { return }
    follow(action, endpoint)
    if subchannels[endpoint]?.state.connectivity == .idle {
      perform(balancer.changed(endpoint, to: .idle))
    }
  }

  private mutating func changed(_ face: ConnectionFace, _ event: ConnectionEvent) {
    if case .draining(tooManyPings: true) = event { keepalive.slowDown() }
    let endpoint = face.endpoint
    guard let subchannel = subchannels[endpoint] else { return }
    if case .closed = event { _ = change(endpoint) { $0.closed(face) } }
    guard subchannel.face === face else { return }
    switch (event, subchannel.state.connectivity) {
    case (.ready, _):
      _ = change(endpoint) { $0.connected() }
      guard let service = configuration.serviceConfig.watchedService else {
        return perform(balancer.changed(endpoint, to: .ready))
      }
      watchHealth(of: service, on: face)
    case (.closed(let failure), .connecting):
      let action = change(endpoint) { $0.failed(failure) }
      follow(action ?? .none, endpoint)
      perform(balancer.changed(endpoint, to: .failed(failure)))
    case (.draining, _), (.closed, _):
      _ = change(endpoint) { $0.lost(to: event) }
      perform(balancer.changed(endpoint, to: .idle))
    }
  }

  private mutating func watchHealth(of service: String, on face: ConnectionFace) {
    let watch = HealthWatch(
      service: service, face: face, target: board.target, configuration: configuration
    ) { [events] in events.yield(.health(face, $0)) }
    _ = change(face.endpoint) { $0.watchesHealth(by: Task { await watch.run() }) }
  }

  private func makeConnection(_ endpoint: Endpoint, by connectBy: ContinuousClock.Instant)
    -> ConnectionFace?
  {
    let (board, events) = (board, events)
    let face = ConnectionFace(endpoint) { face, event in
      switch event {
      case .ready: break
      case .draining: board.withdraw(face, isClosed: false)
      case .closed: board.withdraw(face, isClosed: true)
      }
      events.yield(.connection(face, event))
    }
    guard board.opened(face) else { return nil }
    let host = addresses.first { $0.endpoint == endpoint }?.host
    let dialer = Dialer(
      configuration: configuration, target: target, host: host, keepalive: keepalive,
      connectBy: connectBy)
    dialer.dial(face, on: group)
    return face
  }
}
