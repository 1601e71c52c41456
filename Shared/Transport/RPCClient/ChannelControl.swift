internal import NIOCore
internal import NIOPosix
internal import RPC

/// What happens to a channel, in the order in which it happens.
enum ChannelEvent: Sendable {
  /// A call wants a connection and nothing is being done for it.
  case wake
  case resolved(Result<[Endpoint], TransportFailure>)
  /// The time has come to resolve the name again.
  case resolutionDue
  case backoffEnded(Endpoint)
  case connection(ConnectionFace, ConnectionEvent)
}

/// Keeps a channel connected: resolves its target, asks the balancer what to connect to, and
/// publishes what calls may use. One task runs it; everyone else sends it events.
struct ChannelControl {
  private struct Subchannel {
    var state: SubchannelState
    var face: ConnectionFace?
  }

  let target: Target
  let configuration: ChannelConfiguration
  let group: any EventLoopGroup
  let board: ChannelBoard
  let events: AsyncStream<ChannelEvent>.Continuation

  private var balancer: any Balancer
  private var subchannels: [Endpoint: Subchannel] = [:]
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
    }
  }

  private mutating func publish() {
    let offer = offer
    guard board.publish(offer) else { return }
    perform(balancer.exitIdle())
    _ = board.publish(self.offer)
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

  private mutating func resolved(_ endpoints: [Endpoint]) {
    isResolving = false
    hasEndpoints = true
    resolutionFailures = 0
    resolutionFailure = nil
    lastResolution = .now
    perform(balancer.resolved(endpoints))
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
      case .release(let endpoint): subchannels.removeValue(forKey: endpoint)?.face?.submit(.drain)
      case .resolve: resolveSoon()
      }
    }
  }

  private mutating func connect(_ endpoint: Endpoint) {
    var subchannel =
      subchannels[endpoint] ?? Subchannel(state: SubchannelState(configuration.backoff))
    let action = subchannel.state.connect(at: .now, using: &random)
    subchannels[endpoint] = subchannel
    follow(action, endpoint)
  }

  private mutating func follow(_ action: SubchannelState.Action, _ endpoint: Endpoint) {
    switch action {
    case .none: break
    case .wait(let until):
      _ = after(max(.zero, ContinuousClock.now.duration(to: until)), .backoffEnded(endpoint))
    case .connect(let by):
      let face = makeConnection(endpoint, by: by)
      subchannels[endpoint]?.face = face
    }
  }

  private mutating func backoffEnded(_ endpoint: Endpoint) {
    guard var subchannel = subchannels[endpoint] else { return }
    let action = subchannel.state.backoffEnded(at: .now, using: &random)
    subchannels[endpoint] = subchannel
    follow(action, endpoint)
    if subchannel.state.connectivity == .idle { perform(balancer.changed(endpoint, to: .idle)) }
  }

  private mutating func changed(_ face: ConnectionFace, _ event: ConnectionEvent) {
    if case .draining(tooManyPings: true) = event { keepalive.slowDown() }
    let endpoint = face.endpoint
    guard var subchannel = subchannels[endpoint], subchannel.face === face else { return }
    switch (event, subchannel.state.connectivity) {
    case (.ready, _):
      subchannel.state.connected()
      subchannels[endpoint] = subchannel
      perform(balancer.changed(endpoint, to: .ready))
    case (.closed(let failure), .connecting):
      let action = subchannel.state.failed(failure, at: .now, using: &random)
      subchannel.face = nil
      subchannels[endpoint] = subchannel
      follow(action, endpoint)
      perform(balancer.changed(endpoint, to: .failed(failure)))
    case (.draining, _), (.closed, _):
      subchannel.state.lost()
      subchannel.face = nil
      subchannels[endpoint] = subchannel
      perform(balancer.changed(endpoint, to: .idle))
    }
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
    let dialer = Dialer(
      configuration: configuration, target: target, keepalive: keepalive, connectBy: connectBy)
    dialer.dial(face, on: group)
    return face
  }
}

/// Opens the socket of a connection.
struct Dialer: Sendable {
  let configuration: ChannelConfiguration
  let target: Target
  let keepalive: ClientKeepalive
  let connectBy: ContinuousClock.Instant

  func dial(_ face: ConnectionFace, on group: any EventLoopGroup) {
    let bootstrap = ClientBootstrap(group: group.next())
      .connectTimeout(.until(connectBy))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try addHandlers(to: channel, face) }
      }
    do {
      try connect(bootstrap, to: face.endpoint).whenFailure { face.ended(TransportFailure($0)) }
    } catch {
      face.ended(TransportFailure(error))
    }
  }

  private func connect(_ bootstrap: ClientBootstrap, to endpoint: Endpoint) throws
    -> EventLoopFuture<any Channel>
  {
    switch endpoint {
    case .ip(let address, let port):
      bootstrap.channelOption(.socketOption(.tcp_nodelay), value: 1)
        .connect(to: try SocketAddress(ipAddress: address, port: port))
    case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
    }
  }

  private func addHandlers(to channel: any Channel, _ face: ConnectionFace) throws {
    let pipeline = channel.pipeline.syncOperations
    if let tls = configuration.tls {
      try pipeline.addHandler(tls.handler(for: target.serverName))
    }
    try pipeline.addHandler(
      ClientConnection(
        face, configuration, target: target, keepalive: keepalive, connectBy: connectBy))
  }
}
