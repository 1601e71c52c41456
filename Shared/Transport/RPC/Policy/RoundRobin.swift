/// Connects to every endpoint and gives calls to the ready ones in turn (gRPC `round_robin`).
///
/// A dead endpoint is out at once, is tried again after its backoff, and is back when it answers.
/// Until then it counts as failed, so that its attempts do not make calls wait.
package struct RoundRobin: Balancer {
  package private(set) var picks = Picks.idle

  private var endpoints: [Endpoint] = []
  private var states: [Endpoint: EndpointState] = [:]

  package init() {}

  package mutating func resolved(_ newEndpoints: [Endpoint]) -> [BalancerAction] {
    let kept = Set(newEndpoints)
    let gone = endpoints.filter { !kept.contains($0) }
    let added = newEndpoints.filter { states[$0] == nil }
    endpoints = newEndpoints
    for endpoint in gone { states[endpoint] = nil }
    for endpoint in added { states[endpoint] = .connecting }
    updatePicks()
    return gone.map(BalancerAction.release) + added.map(BalancerAction.connect)
  }

  package mutating func exitIdle() -> [BalancerAction] { [] }

  package mutating func changed(_ endpoint: Endpoint, to state: EndpointState)
    -> [BalancerAction]
  {
    guard let before = states[endpoint] else { return [] }
    defer { updatePicks() }
    switch (before, state) {
    case (.failed, .idle): return [.connect(endpoint)]
    case (.failed, .connecting): return []
    case (_, .idle):
      states[endpoint] = .connecting
      return [.connect(endpoint), .resolve]
    case (_, .failed):
      states[endpoint] = state
      return [.resolve]
    case (_, .ready), (_, .connecting):
      states[endpoint] = state
      return []
    }
  }

  private mutating func updatePicks() {
    let ready = endpoints.filter { states[$0] == .ready }
    if !ready.isEmpty {
      picks = .ready(ready)
    } else if endpoints.contains(where: { states[$0] == .connecting }) {
      picks = .wait
    } else if case .failed(let failure)? = endpoints.last.flatMap({ states[$0] }) {
      picks = .fail(failure)
    } else {
      picks = .idle
    }
  }
}
