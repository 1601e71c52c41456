/// The life of the connection to one endpoint: when to connect, and how long to wait after
/// failures.
///
///     idle ──connect──▶ connecting ──▶ ready ──lost──▶ idle
///      ▲                    │failed
///      └──backoff ended── transientFailure
///
/// It is told what happened and when, and answers what to do; it has no clock and no socket.
package struct SubchannelState: Sendable {
  package enum Action: Hashable, Sendable {
    case none
    /// Open a connection; it has until then to become usable.
    case connect(by: ContinuousClock.Instant)
    /// Come back with `backoffEnded` then.
    case wait(until: ContinuousClock.Instant)
  }

  package private(set) var connectivity = Connectivity.idle
  package private(set) var failure: TransportFailure?

  private let backoff: Backoff
  private var failures = 0
  /// Not before this, so that a server that accepts and hangs up is not hammered either.
  private var nextAttempt: ContinuousClock.Instant?
  private var isWanted = false

  package init(_ backoff: Backoff) {
    self.backoff = backoff
  }

  /// Someone wants the connection.
  package mutating func connect(
    at now: ContinuousClock.Instant, using random: inout some RandomNumberGenerator
  ) -> Action {
    guard connectivity == .idle else {
      isWanted = connectivity == .transientFailure
      return .none
    }
    if let nextAttempt, now < nextAttempt {
      connectivity = .connecting
      isWanted = true
      return .wait(until: nextAttempt)
    }
    return attempt(at: now, using: &random)
  }

  package mutating func connected() {
    guard connectivity == .connecting else { return }
    connectivity = .ready
    failures = 0
    failure = nil
  }

  /// The attempt failed.
  package mutating func failed(
    _ failure: TransportFailure, at now: ContinuousClock.Instant,
    using random: inout some RandomNumberGenerator
  ) -> Action {
    guard connectivity == .connecting else { return .none }
    failures += 1
    self.failure = failure
    connectivity = .transientFailure
    let next = max(nextAttempt ?? now, now)
    nextAttempt = next
    return .wait(until: next)
  }

  /// The wait is over. Back to idle, or on to the attempt that was put off.
  package mutating func backoffEnded(
    at now: ContinuousClock.Instant, using random: inout some RandomNumberGenerator
  ) -> Action {
    if let nextAttempt, now < nextAttempt { return .none }
    switch connectivity {
    case .connecting where isWanted: return attempt(at: now, using: &random)
    case .transientFailure: connectivity = .idle
    case .idle, .connecting, .ready, .shutdown: break
    }
    return .none
  }

  /// The usable connection ended, for whatever reason.
  package mutating func lost() {
    if connectivity == .ready { connectivity = .idle }
  }

  package mutating func shutDown() {
    connectivity = .shutdown
  }

  private mutating func attempt(
    at now: ContinuousClock.Instant, using random: inout some RandomNumberGenerator
  ) -> Action {
    connectivity = .connecting
    isWanted = false
    nextAttempt = now + backoff.delay(afterFailures: failures + 1, using: &random)
    return .connect(by: now + backoff.connectTimeout(afterFailures: failures))
  }
}
