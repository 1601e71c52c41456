/// When a failed call is tried again (`retryPolicy` of the service config, gRFC A6).
package struct RetryPolicy: Sendable, Hashable {
  /// A config may say more; it means this many.
  package static let attemptsMaximum = 5
  package static let multiplierMaximum = 1000.0

  /// Attempts in all, the first included.
  package let attempts: Int
  package let initialBackoff: Duration
  package let maximumBackoff: Duration
  package let backoffMultiplier: Double
  package let retryableCodes: Set<StatusCode>

  package init(
    attempts: Int, initialBackoff: Duration, maximumBackoff: Duration,
    backoffMultiplier: Double = 2, retryableCodes: Set<StatusCode>
  ) {
    self.attempts = min(max(1, attempts), Self.attemptsMaximum)
    self.initialBackoff = initialBackoff
    self.maximumBackoff = maximumBackoff
    self.backoffMultiplier = min(backoffMultiplier, Self.multiplierMaximum)
    self.retryableCodes = retryableCodes
  }

  /// The wait before the n-th retry, 1 the first, spread by a fifth to either side.
  func delay(beforeRetry retry: Int, using random: inout some RandomNumberGenerator) -> Duration {
    let delay = exponential(
      initialBackoff, times: backoffMultiplier, power: retry - 1, atMost: maximumBackoff)
    return delay * Double.random(in: 0.8...1.2, using: &random)
  }
}

/// What a server says about trying again (`grpc-retry-pushback-ms`).
package enum RetryPushback: Sendable, Hashable {
  package static let headerName = "grpc-retry-pushback-ms"

  case after(Duration)
  /// Negative, or not a number.
  case never

  package init(_ text: String) {
    guard let milliseconds = Int32(text), milliseconds >= 0 else {
      self = .never
      return
    }
    self = .after(.milliseconds(Int64(milliseconds)))
  }
}

/// How an attempt at a call failed, as far as trying again goes.
package enum AttemptFailure: Sendable, Hashable {
  /// No byte of it was written: the connection was lost or drained first.
  case neverSent
  /// The server's transport refused it unseen: REFUSED_STREAM, or above GOAWAY's last stream.
  case refused
  case status(StatusCode, pushback: RetryPushback?)
}

/// Decides, attempt by attempt, whether a call is tried again.
package struct RetryState: Sendable {
  package enum Decision: Hashable, Sendable {
    case giveUp
    /// At once; it does not count as an attempt.
    case retryTransparently
    case retry(after: Duration)
  }

  /// How often a call that never left is sent again at once. Each time takes a connection that
  /// went away; with so many in a row something else is wrong.
  package static let unsentMaximum = 100

  /// Attempts made, the first included; transparent ones do not count.
  package private(set) var attempts = 1
  /// The caller may have seen something of the answer: there is no way back.
  package private(set) var isCommitted = false

  private let policy: RetryPolicy?
  /// Failures that the channel's throttle counts.
  private let countedCodes: Set<StatusCode>
  private var retriesSincePushback = 0
  private var wasRefused = false
  private var unsent = 0

  package init(_ policy: RetryPolicy?) {
    self.policy = policy
    countedCodes = policy?.retryableCodes ?? []
  }

  /// Of one attempt of a hedged call, which is not tried again by itself.
  package init(countingFailuresOf hedging: HedgingPolicy?) {
    policy = nil
    countedCodes = hedging?.nonFatalCodes ?? []
  }

  /// Response headers arrived, or what was sent no longer fits the buffer.
  package mutating func commit() {
    isCommitted = true
  }

  package mutating func failed(
    _ failure: AttemptFailure, throttle: inout RetryThrottle?,
    using random: inout some RandomNumberGenerator
  ) -> Decision {
    guard !isCommitted else {
      if case .status(let code, let pushback) = failure { count(code, pushback, in: &throttle) }
      return .giveUp
    }
    switch failure {
    case .neverSent where unsent < Self.unsentMaximum:
      unsent += 1
      return .retryTransparently
    case .refused where !wasRefused:
      wasRefused = true
      return .retryTransparently
    case .neverSent, .refused: return retry(.unavailable, nil, &throttle, using: &random)
    case .status(let code, let pushback):
      return retry(code, pushback, &throttle, using: &random)
    }
  }

  private mutating func retry(
    _ code: StatusCode, _ pushback: RetryPushback?, _ throttle: inout RetryThrottle?,
    using random: inout some RandomNumberGenerator
  ) -> Decision {
    count(code, pushback, in: &throttle)
    guard let policy, policy.retryableCodes.contains(code), attempts < policy.attempts,
      pushback != .never, throttle?.allowsRetry ?? true
    else { return .giveUp }
    attempts += 1
    if case .after(let delay) = pushback {
      retriesSincePushback = 0
      return .retry(after: delay)
    }
    retriesSincePushback += 1
    return .retry(after: policy.delay(beforeRetry: retriesSincePushback, using: &random))
  }

  private func count(
    _ code: StatusCode, _ pushback: RetryPushback?, in throttle: inout RetryThrottle?
  ) {
    if pushback == .never || countedCodes.contains(code) { throttle?.failed() }
  }
}
