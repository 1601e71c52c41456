/// Uses the first endpoint of the list that answers, and stays with it (gRPC `pick_first`, A62).
///
/// One is tried at a time, in the list's order. When all failed, calls fail with the last reason
/// while each endpoint is tried again after its own backoff; the first to answer wins.
package struct PickFirst: Balancer {
  package private(set) var picks = Picks.idle

  private var random: (any RandomNumberGenerator & Sendable)?
  private var endpoints: [Endpoint] = []
  private var states: [Endpoint: EndpointState] = [:]
  private var trying = 0
  private var selected: Endpoint?

  /// With a generator the list is shuffled at each resolution, so that many clients spread.
  package init(shufflingWith random: (any RandomNumberGenerator & Sendable)? = nil) {
    self.random = random
  }

  package mutating func resolved(_ newEndpoints: [Endpoint]) -> [BalancerAction] {
    let kept = Set(newEndpoints)
    if kept == Set(endpoints) { return [] }
    let gone = endpoints.filter { !kept.contains($0) && states[$0] != nil }
    endpoints = shuffled(newEndpoints)
    for endpoint in gone { states[endpoint] = nil }
    var actions = gone.map(BalancerAction.release)

    if let selected, kept.contains(selected) { return actions }
    selected = nil
    switch picks {
    case .idle: break
    case .ready, .wait, .fail: actions += tryFromStart()
    }
    return actions
  }

  package mutating func exitIdle() -> [BalancerAction] {
    guard case .idle = picks, !endpoints.isEmpty else { return [] }
    return tryFromStart()
  }

  package mutating func changed(_ endpoint: Endpoint, to state: EndpointState)
    -> [BalancerAction]
  {
    guard endpoints.contains(endpoint) else { return [] }
    states[endpoint] = state
    switch state {
    case .ready: return select(endpoint)
    case .failed(let failure): return tryNext(after: endpoint, failure)
    case .idle where selected == endpoint:
      selected = nil
      picks = .idle
      return [.resolve]
    case .idle:
      if case .fail = picks { return [.connect(endpoint)] }
      return []
    case .connecting: return []
    }
  }

  private mutating func select(_ endpoint: Endpoint) -> [BalancerAction] {
    guard selected == nil else { return selected == endpoint ? [] : [.release(endpoint)] }
    selected = endpoint
    picks = .ready([endpoint])
    let others = endpoints.filter { $0 != endpoint && states[$0] != nil }
    for other in others { states[other] = nil }
    return others.map(BalancerAction.release)
  }

  private mutating func tryFromStart() -> [BalancerAction] {
    trying = 0
    if case .fail = picks {} else { picks = .wait }
    return tryCurrent(lastFailure: nil)
  }

  private mutating func tryNext(after endpoint: Endpoint, _ failure: TransportFailure)
    -> [BalancerAction]
  {
    guard selected == nil else { return [] }
    if case .fail = picks, trying >= endpoints.count {
      picks = .fail(failure)
      return [.resolve]
    }
    guard trying < endpoints.count, endpoints[trying] == endpoint else { return [] }
    trying += 1
    return tryCurrent(lastFailure: failure)
  }

  /// Connects to the next endpoint that is not waiting out a backoff; fails when none is left.
  private mutating func tryCurrent(lastFailure: TransportFailure?) -> [BalancerAction] {
    var failure = lastFailure
    while trying < endpoints.count {
      let endpoint = endpoints[trying]
      guard case .failed(let earlier) = states[endpoint] else { return [.connect(endpoint)] }
      failure = failure ?? earlier
      trying += 1
    }
    if let failure { picks = .fail(failure) }
    return [.resolve] + endpoints.filter { states[$0] == .idle }.map(BalancerAction.connect)
  }

  private mutating func shuffled(_ endpoints: [Endpoint]) -> [Endpoint] {
    guard var generator = random else { return endpoints }
    defer { random = generator }
    var order = endpoints
    order.shuffle(using: &generator)
    return order
  }
}
