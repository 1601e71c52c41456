/// How a client should treat a service: gRPC's service config, what it may be set from JSON or
/// code.
package struct ServiceConfig: Sendable, Hashable {
  package var balancing: BalancingPolicy
  package var methods: [MethodConfig]
  package var throttle: RetryThrottle?
  /// The service whose health is watched on each connection (gRFC A17), empty for the server as a
  /// whole; nil watches none. pick_first never does, as the gRFC has it.
  package var healthService: String?

  package init(
    balancing: BalancingPolicy = .pickFirst(shuffled: false), methods: [MethodConfig] = [],
    throttle: RetryThrottle? = nil, healthService: String? = nil
  ) {
    self.balancing = balancing
    self.methods = methods
    self.throttle = throttle
    self.healthService = healthService
  }

  /// The service whose health counts for the balancer in use.
  package var watchedService: String? { balancing == .roundRobin ? healthService : nil }

  /// The settings of a method: those that name it, else its service, else all.
  package func settings(of method: MethodName) -> MethodConfig? {
    let service = method.service
    let exact = MethodConfig.Name.method(service: service, method: method.method)
    return methods.first { $0.names.contains(exact) }
      ?? methods.first { $0.names.contains(.service(service)) }
      ?? methods.first { $0.names.contains(.all) }
  }
}

/// What a service config says of some methods (`methodConfig`).
package struct MethodConfig: Sendable, Hashable {
  package enum Name: Sendable, Hashable {
    case all
    case service(String)
    case method(service: String, method: String)
  }

  package var names: Set<Name>
  package var timeout: Duration?
  package var waitForReady: Bool?
  /// Bytes of one message, uncompressed.
  package var requestBytesMaximum: Int?
  package var responseBytesMaximum: Int?
  package var retry: RetryPolicy?
  /// Instead of `retry`, which then is not used.
  package var hedging: HedgingPolicy?

  package init(
    names: Set<Name>, timeout: Duration? = nil, waitForReady: Bool? = nil,
    requestBytesMaximum: Int? = nil, responseBytesMaximum: Int? = nil, retry: RetryPolicy? = nil,
    hedging: HedgingPolicy? = nil
  ) {
    self.names = names
    self.timeout = timeout
    self.waitForReady = waitForReady
    self.requestBytesMaximum = requestBytesMaximum
    self.responseBytesMaximum = responseBytesMaximum
    self.retry = retry
    self.hedging = hedging
  }
}
