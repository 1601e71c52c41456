internal import RPC

/// A channel's way to one endpoint: how it stands, its connection, and what an operator may ask of
/// it.
struct Subchannel {
  let number = EntityNumber.next()
  let endpoint: Endpoint
  private(set) var state: SubchannelState
  /// The connection that takes calls, or is to.
  private(set) var face: ConnectionFace?
  /// Connections that take no more calls and are not closed yet.
  private var leaving: [ConnectionFace] = []
  /// What connections that are closed have carried.
  private var past = CallCounts()
  private var trace = EventTrace()
  private var backoffTimer: Task<Void, Never>?
  /// Follows the server's health on `face`.
  private var healthWatch: Task<Void, Never>?
  /// What the server says of its health, where that is watched.
  private var health: EndpointState?
  private var random = SystemRandomNumberGenerator()

  init(_ endpoint: Endpoint, _ backoff: Backoff) {
    self.endpoint = endpoint
    state = SubchannelState(backoff)
  }

  // MARK: Changes, and what is to be done by them

  mutating func connect() -> SubchannelState.Action { state.connect(at: .now, using: &random) }

  mutating func connecting(on face: ConnectionFace?) {
    self.face = face
    trace.add("connecting")
  }

  mutating func waits(by timer: Task<Void, Never>) {
    backoffTimer?.cancel()
    backoffTimer = timer
  }

  mutating func backoffEnded() -> SubchannelState.Action {
    state.backoffEnded(at: .now, using: &random)
  }

  mutating func connected() {
    state.connected()
    trace.add("ready")
  }

  /// The connection counts as usable once its server says that it is.
  mutating func watchesHealth(by watch: Task<Void, Never>) {
    healthWatch = watch
    health = .connecting
  }

  mutating func hears(_ health: EndpointState) {
    guard health != self.health else { return }
    self.health = health
    if case .failed(let failure) = health {
      trace.add(failure.explanation, .warning)
    } else {
      trace.add("the server says that it serves")
    }
  }

  mutating func failed(_ failure: TransportFailure) -> SubchannelState.Action {
    face = nil
    trace.add(failure.explanation, .warning)
    return state.failed(failure, at: .now, using: &random)
  }

  /// The connection takes no more calls.
  mutating func lost(to event: ConnectionEvent) {
    switch event {
    case .ready: return
    case .draining:
      trace.add("draining")
      if let face { leaving.append(face) }
    case .closed(let failure): trace.add(failure.explanation, .warning)
    }
    face = nil
    endWatch()
    state.lost()
  }

  private mutating func endWatch() {
    healthWatch?.cancel()
    (healthWatch, health) = (nil, nil)
  }

  /// Nothing new is to begin here.
  mutating func release() {
    backoffTimer?.cancel()
    endWatch()
    face?.submit(.drain)
  }

  /// A connection of it is closed.
  mutating func closed(_ face: ConnectionFace) {
    past = past + face.counters.streams.counts
    leaving.removeAll { $0 === face }
  }

  // MARK: For operators

  /// With the server's health, where that is watched.
  private var connectivity: Connectivity {
    switch (state.connectivity, health) {
    case (.ready, .connecting): .connecting
    case (.ready, .failed): .transientFailure
    case (let connectivity, _): connectivity
    }
  }

  var snapshot: SubchannelSnapshot {
    let faces = [face].compactMap(\.self) + leaving
    return SubchannelSnapshot(
      number: number, endpoint: endpoint, state: connectivity,
      calls: faces.reduce(past) { $0 + $1.counters.streams.counts }, trace: trace,
      sockets: faces.compactMap(\.socket))
  }
}
