import RPC
import Testing

@Suite struct HedgingTests {
  private static let policy = HedgingPolicy(
    attempts: 3, delay: .milliseconds(10), nonFatalCodes: [.unavailable])

  /// A state with so many attempts under way.
  private static func state(_ policy: HedgingPolicy = policy, begun: Int = 1) -> HedgingState {
    var state = HedgingState(policy)
    for _ in 0..<begun { _ = state.begin() }
    return state
  }

  @Test("Attempts begin one after the other, as many as the policy says, at most five")
  func attempts() {
    for (allowed, made) in [(1, 1), (3, 3), (9, 5)] {
      var state = HedgingState(HedgingPolicy(attempts: allowed, delay: .milliseconds(10)))
      var numbers = [state.begin()]
      while state.next == .start(after: .milliseconds(10)), state.allowsAnother(nil) {
        numbers.append(state.begin())
      }
      #expect(numbers == Array(0..<made))
      #expect(state.next == .rest)
      #expect(state.allowsAnother(nil) == false)
    }
  }

  @Test(
    "What a failure decides while others may begin",
    arguments: [
      (.unavailable, nil, .start(after: .zero)),
      (.unavailable, .after(.milliseconds(70)), .start(after: .milliseconds(70))),
      (.unavailable, .never, .giveUp),
      (.internal, nil, .giveUp),
      (.internal, .after(.zero), .giveUp),
    ] as [(StatusCode, RetryPushback?, HedgingState.Decision)])
  func failure(code: StatusCode, pushback: RetryPushback?, decision: HedgingState.Decision) {
    var state = Self.state()
    #expect(state.failed(code, pushback, nil) == decision)
  }

  @Test("The call fails with the last attempt, not before, unless the failure is fatal")
  func lastOne() {
    var state = Self.state(begun: 3)
    #expect(state.failed(.unavailable, nil, nil) == .rest)
    #expect(state.failed(.unavailable, .never, nil) == .rest)
    #expect(state.failed(.unavailable, nil, nil) == .giveUp)
    var fatal = Self.state(begun: 3)
    #expect(fatal.failed(.notFound, nil, nil) == .giveUp)
  }

  @Test("A server that wants no more attempts gets none; those under way go on")
  func pushedBack() {
    var state = Self.state(begun: 2)
    #expect(state.failed(.unavailable, .never, nil) == .rest)
    #expect(state.allowsAnother(nil) == false)
    #expect(state.next == .rest)
  }

  @Test("A channel whose calls fail too often hedges no more")
  func throttled() {
    var throttle = RetryThrottle(tokens: 2, ratio: 0.1)
    var state = Self.state()
    #expect(state.allowsAnother(throttle) == true)
    throttle.failed()
    #expect(state.allowsAnother(throttle) == false)
    #expect(state.failed(.unavailable, nil, throttle) == .giveUp)
  }

  @Test("An attempt's failure takes a token once, as the policy's codes say")
  func tokens() {
    var random = SystemRandomNumberGenerator()
    let full = RetryThrottle(tokens: 10, ratio: 0.1)
    for (code, pushback, costs) in [
      (StatusCode.unavailable, RetryPushback?.none, true), (.unavailable, .never, true),
      (.internal, nil, false), (.internal, .never, true),
    ] {
      var throttle: RetryThrottle? = full
      var attempt = RetryState(countingFailuresOf: Self.policy)
      let decision = attempt.failed(
        .status(code, pushback: pushback), throttle: &throttle, using: &random)
      #expect(decision == .giveUp)
      var expected = full
      if costs { expected.failed() }
      #expect(throttle == expected, "\(code) \(pushback.map { "\($0)" } ?? "")")
    }
  }
}

@Suite struct HealthWatchStateTests {
  private static let start = ContinuousClock.now
  private static let backoff = Backoff(jitter: 0)

  @Test("SERVING makes a connection usable, any other word does not")
  func words() {
    var state = HealthWatchState("a.B", Self.backoff, at: Self.start)
    #expect(state.heard(isServing: true, "SERVING") == .ready)
    #expect(
      state.heard(isServing: false, "NOT_SERVING")
        == .failed(.notServing("a.B is NOT_SERVING")))
  }

  @Test("A server without a health service counts as healthy, for good")
  func unimplemented() {
    var random = SystemRandomNumberGenerator()
    var state = HealthWatchState("", Self.backoff, at: Self.start)
    let step = state.ended(RPCError(.unimplemented, ""), at: Self.start, using: &random)
    #expect(step == .healthy)
  }

  @Test(
    "A watch that breaks begins again: at once after an answer, else after a backoff that grows")
  func restarts() {
    var random = SystemRandomNumberGenerator()
    var state = HealthWatchState("", Self.backoff, at: Self.start)
    func delay(_ error: RPCError?) -> Duration? {
      state.began(at: Self.start)
      guard
        case .restart(let delay, _) = state.ended(
          error, at: Self.start + .milliseconds(100), using: &random)
      else { return nil }
      return delay
    }
    #expect(delay(RPCError(.unavailable, "")) == .milliseconds(900))
    #expect(delay(nil) == .milliseconds(1500))
    state.began(at: Self.start)
    _ = state.heard(isServing: true, "SERVING")
    guard case .restart(let atOnce, _) = state.ended(nil, at: Self.start, using: &random) else {
      Issue.record("it does not begin again")
      return
    }
    #expect(atOnce == .zero)
    #expect(delay(nil) == .milliseconds(900))
  }
}
