/// When a call made must be over: the sooner of its own timeout and the deadline of the call being
/// served, minus a margin in which the answer can still be sent on.
package enum CallDeadline {
  package static let inheritanceMargin = Duration.milliseconds(10)

  package static func deadline(
    timeout: Duration?, inherited: ContinuousClock.Instant?,
    margin: Duration = inheritanceMargin, now: ContinuousClock.Instant
  ) -> ContinuousClock.Instant? {
    let own = timeout.map { now + $0 }
    let handedDown = inherited.map { $0 - margin }
    guard let own, let handedDown else { return own ?? handedDown }
    return min(own, handedDown)
  }
}
