/// Chooses among the endpoints of a channel. Told what the resolver and the connections report, it
/// answers what to do; which endpoints may take calls is in `picks`.
package protocol Balancer: Sendable {
  /// The resolver's newest list: not empty, no endpoint twice.
  mutating func resolved(_ endpoints: [Endpoint]) -> [BalancerAction]
  /// The connection to one endpoint changed.
  mutating func changed(_ endpoint: Endpoint, to state: EndpointState) -> [BalancerAction]
  /// A call waits, or someone asked to connect.
  mutating func exitIdle() -> [BalancerAction]
  var picks: Picks { get }
}

package enum BalancerAction: Hashable, Sendable {
  case connect(Endpoint)
  /// Take no new calls there, let the open ones end, forget it.
  case release(Endpoint)
  /// Ask the resolver again soon.
  case resolve
}

/// What the connection to an endpoint reports to the balancer.
package enum EndpointState: Hashable, Sendable {
  case idle
  case connecting
  case ready
  case failed(TransportFailure)
}

/// What a call finds when it wants a connection.
package enum Picks: Hashable, Sendable {
  /// Nothing is connected; the call should wake the balancer and wait.
  case idle
  case wait
  /// In turn, one for each call.
  case ready([Endpoint])
  /// For a call that does not wait for ready: fail with this.
  case fail(TransportFailure)

  package var connectivity: Connectivity {
    switch self {
    case .idle: .idle
    case .wait: .connecting
    case .ready: .ready
    case .fail: .transientFailure
    }
  }
}

/// Which balancer a channel uses (`loadBalancingConfig` of the service config).
package enum BalancingPolicy: Hashable, Sendable {
  case pickFirst(shuffled: Bool)
  case roundRobin

  package func balancer(using random: any RandomNumberGenerator & Sendable) -> any Balancer {
    switch self {
    case .pickFirst(let shuffled): PickFirst(shufflingWith: shuffled ? random : nil)
    case .roundRobin: RoundRobin()
    }
  }
}
