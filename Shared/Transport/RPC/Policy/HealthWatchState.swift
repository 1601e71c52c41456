/// What a server says of its health on one connection, and what that means for the balancer (gRFC
/// A17). A server that has no health service counts as healthy.
package struct HealthWatchState: Sendable {
  package enum Step: Hashable, Sendable {
    /// There is nothing to watch: the server serves until its connection ends.
    case healthy
    /// The watch broke, for this reason; it is to begin again then.
    case restart(after: Duration, TransportFailure)
  }

  private let service: String
  private let backoff: Backoff
  private var failures = 0
  private var hasHeard = false
  private var began: ContinuousClock.Instant

  package init(_ service: String, _ backoff: Backoff, at now: ContinuousClock.Instant) {
    self.service = service
    self.backoff = backoff
    began = now
  }

  /// A watch begins.
  package mutating func began(at now: ContinuousClock.Instant) {
    began = now
    hasHeard = false
  }

  /// The server said how it is; `status` names it as the protocol does.
  package mutating func heard(isServing: Bool, _ status: String) -> EndpointState {
    hasHeard = true
    failures = 0
    return isServing ? .ready : .failed(.notServing("\(name) is \(status)"))
  }

  /// The watch ended, which it should not; with an answer before, it begins again at once.
  package mutating func ended(
    _ error: RPCError?, at now: ContinuousClock.Instant,
    using random: inout some RandomNumberGenerator
  ) -> Step {
    guard error?.code != .unimplemented else { return .healthy }
    let why = error.map { "\($0.code.name): \($0.message)" } ?? "it ended"
    let failure = TransportFailure.notServing("no word on \(name), \(why)")
    guard !hasHeard else { return .restart(after: .zero, failure) }
    failures += 1
    let next = began + backoff.delay(afterFailures: failures, using: &random)
    return .restart(after: max(.zero, next - now), failure)
  }

  private var name: String { service.isEmpty ? "the server" : service }
}
