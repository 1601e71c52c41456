/// How long a client waits before it tries to connect again: gRPC's connection backoff protocol.
///
/// The wait grows by `multiplier` with each failure in a row up to `maximum`, and is spread by
/// `jitter` so that the clients of a failed server do not all come back at once.
package struct Backoff: Sendable, Hashable {
  package var initial: Duration
  package var multiplier: Double
  /// The share of the wait that chance adds or takes, 0 to 1.
  package var jitter: Double
  package var maximum: Duration
  /// An attempt to connect is given at least this long.
  package var connectTimeoutMinimum: Duration

  package init(
    initial: Duration = .seconds(1), multiplier: Double = 1.6, jitter: Double = 0.2,
    maximum: Duration = .seconds(120), connectTimeoutMinimum: Duration = .seconds(20)
  ) {
    self.initial = initial
    self.multiplier = multiplier
    self.jitter = jitter
    self.maximum = maximum
    self.connectTimeoutMinimum = connectTimeoutMinimum
  }

  /// The wait after this many failures in a row, counted from the start of the last attempt.
  package func delay(
    afterFailures failures: Int, using random: inout some RandomNumberGenerator
  ) -> Duration {
    let spread = jitter > 0 ? Double.random(in: -jitter...jitter, using: &random) : 0
    return grown(afterFailures: failures) * (1 + spread)
  }

  /// How long the attempt that follows this many failures may take.
  package func connectTimeout(afterFailures failures: Int) -> Duration {
    max(connectTimeoutMinimum, failures == 0 ? .zero : grown(afterFailures: failures))
  }

  private func grown(afterFailures failures: Int) -> Duration {
    exponential(initial, times: multiplier, power: failures - 1, atMost: maximum)
  }
}

/// `initial * multiplier^power`, never more than `maximum`.
func exponential(
  _ initial: Duration, times multiplier: Double, power: Int, atMost maximum: Duration
) -> Duration {
  var delay = min(initial, maximum)
  for _ in 0..<max(0, power) where delay > .zero && multiplier > 1 {
    guard multiplier < maximum / delay else { return maximum }
    delay = delay * multiplier
  }
  return delay
}
