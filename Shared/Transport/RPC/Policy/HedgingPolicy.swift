/// When a call is sent again although nothing failed, the first answer to count (`hedgingPolicy` of
/// the service config, gRFC A6). For methods that may run twice.
package struct HedgingPolicy: Sendable, Hashable {
  /// Attempts in all, the first included; a config may say more than `RetryPolicy` allows and means
  /// as many.
  package let attempts: Int
  /// How long one attempt may be unanswered before the next joins it.
  package let delay: Duration
  /// Statuses after which the other attempts go on; any other ends the call.
  package let nonFatalCodes: Set<StatusCode>

  package init(attempts: Int, delay: Duration = .zero, nonFatalCodes: Set<StatusCode> = []) {
    self.attempts = min(max(1, attempts), RetryPolicy.attemptsMaximum)
    self.delay = max(.zero, delay)
    self.nonFatalCodes = nonFatalCodes
  }
}

/// Decides when the next attempt of a hedged call begins, and which failure is the call's.
package struct HedgingState: Sendable {
  package enum Decision: Hashable, Sendable {
    /// Another attempt, unless this is put off by what happens meanwhile.
    case start(after: Duration)
    /// Those under way may still answer.
    case rest
    /// The call ends as the attempt did.
    case giveUp
  }

  /// Attempts begun.
  package private(set) var started = 0
  /// Those of them that have not failed.
  package private(set) var open = 0
  private let policy: HedgingPolicy
  private var isStopped = false

  package init(_ policy: HedgingPolicy) { self.policy = policy }

  private var mayStart: Bool { started < policy.attempts && !isStopped }

  /// An attempt begins, this many came before it. The first always may; see `allowsAnother`.
  package mutating func begin() -> Int {
    started += 1
    open += 1
    return started - 1
  }

  /// When the next begins, if the one that has just begun stays unanswered.
  package var next: Decision { mayStart ? .start(after: policy.delay) : .rest }

  /// Whether another may begin, now that its time has come. A channel whose calls fail too often
  /// hedges no more.
  package mutating func allowsAnother(_ throttle: RetryThrottle?) -> Bool {
    if throttle?.allowsRetry == false { isStopped = true }
    return mayStart
  }

  package mutating func failed(
    _ code: StatusCode, _ pushback: RetryPushback?, _ throttle: RetryThrottle?
  ) -> Decision {
    open -= 1
    guard policy.nonFatalCodes.contains(code) else { return .giveUp }
    if pushback == .never { isStopped = true }
    guard allowsAnother(throttle) else { return open > 0 ? .rest : .giveUp }
    if case .after(let delay) = pushback { return .start(after: delay) }
    return .start(after: .zero)
  }
}
