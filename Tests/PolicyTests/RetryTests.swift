import RPC
import Testing

@Suite struct RetryTests {
  private static let policy = RetryPolicy(
    attempts: 4, initialBackoff: .seconds(1), maximumBackoff: .seconds(3),
    retryableCodes: [.unavailable])

  private static func state(_ policy: RetryPolicy? = policy) -> RetryState { RetryState(policy) }

  @Test("A call is tried as often as its policy says, at most five times", arguments: [1, 2, 4, 9])
  func attempts(allowed: Int) {
    let policy = RetryPolicy(
      attempts: allowed, initialBackoff: .seconds(1), maximumBackoff: .seconds(1),
      retryableCodes: [.unavailable])
    var state = RetryState(policy)
    var made = 1
    while case .retry = state.fail(.status(.unavailable, pushback: nil)) { made += 1 }
    #expect(made == min(allowed, 5))
    #expect(state.attempts == made)
  }

  @Test(
    "What the first failure decides",
    arguments: [
      (AttemptFailure.status(.unavailable, pushback: nil), true),
      (.status(.internal, pushback: nil), false),
      (.status(.unavailable, pushback: .never), false),
      (.status(.internal, pushback: .after(.zero)), false),
    ]
  )
  func firstFailure(failure: AttemptFailure, retries: Bool) {
    var state = Self.state()
    let decision = state.fail(failure)
    if case .retry = decision { #expect(retries) } else { #expect(!retries) }
  }

  @Test("Backoff doubles up to its maximum, spread by a fifth")
  func backoff() {
    var state = Self.state()
    for expected in [1.0, 2, 3] {
      guard case .retry(let delay) = state.fail(.status(.unavailable, pushback: nil)) else {
        Issue.record("gave up")
        return
      }
      #expect((expected * 0.8)...(expected * 1.2) ~= delay / .seconds(1))
    }
  }

  @Test("The server's pushback sets the wait, and the backoff begins anew after it")
  func pushback() {
    var state = Self.state()
    _ = state.fail(.status(.unavailable, pushback: nil))
    let pushed = state.fail(.status(.unavailable, pushback: .after(.milliseconds(7))))
    #expect(pushed == .retry(after: .milliseconds(7)))
    guard case .retry(let delay) = state.fail(.status(.unavailable, pushback: nil)) else {
      Issue.record("gave up")
      return
    }
    #expect(delay <= .seconds(1.2))
  }

  @Test(
    "grpc-retry-pushback-ms is a number that is not negative, or says never",
    arguments: [
      ("0", RetryPushback.after(.zero)), ("1500", .after(.milliseconds(1500))), ("-1", .never),
      ("", .never), ("soon", .never), ("99999999999", .never), ("1.5", .never),
    ]
  )
  func pushbackHeader(text: String, pushback: RetryPushback) {
    #expect(RetryPushback(text) == pushback)
  }

  @Test(
    "What never left is sent again up to a limit; what was refused, once",
    arguments: [nil, policy])
  func transparent(policy: RetryPolicy?) {
    var state = RetryState(policy)
    for _ in 0..<RetryState.unsentMaximum { #expect(state.fail(.neverSent) == .retryTransparently) }
    #expect(state.fail(.refused) == .retryTransparently)
    let second = state.fail(.refused)
    if policy == nil {
      #expect(second == .giveUp)
    } else if case .retry = second {
      #expect(state.attempts == 2)
    } else {
      Issue.record("\(second)")
    }
    var endless = RetryState(nil)
    var sent = 0
    while endless.fail(.neverSent) == .retryTransparently, sent < 1_000_000 { sent += 1 }
    #expect(sent == RetryState.unsentMaximum)
  }

  @Test("Multipliers and ratios beyond all measure are the most that makes sense")
  func extremes() {
    let policy = RetryPolicy(
      attempts: 5, initialBackoff: .seconds(1), maximumBackoff: .seconds(1e10),
      backoffMultiplier: 1e300, retryableCodes: [.unavailable])
    #expect(policy.backoffMultiplier == RetryPolicy.multiplierMaximum)
    var throttle = RetryThrottle(tokens: 10, ratio: 1e300)
    let full = throttle
    for _ in 0..<10 { throttle.failed() }
    throttle.succeeded()
    #expect(throttle == full)
  }

  @Test(
    "Nothing is tried again once an answer began",
    arguments: [AttemptFailure.neverSent, .refused, .status(.unavailable, pushback: nil)]
  )
  func committed(failure: AttemptFailure) {
    var state = Self.state()
    state.commit()
    #expect(state.fail(failure) == .giveUp)
  }

  @Test("Half of the tokens gone, no call is tried again until successes give some back")
  func throttle() {
    var throttle: RetryThrottle? = RetryThrottle(tokens: 4, ratio: 0.5)
    var random = SystemRandomNumberGenerator()
    func first() -> RetryState.Decision {
      var state = Self.state()
      return state.failed(
        .status(.unavailable, pushback: nil), throttle: &throttle, using: &random)
    }
    #expect(first() != .giveUp)
    #expect(first() == .giveUp)
    for _ in 0..<4 { throttle?.succeeded() }
    #expect(first() != .giveUp)
    var other = Self.state()
    let before = throttle
    _ = other.failed(.status(.notFound, pushback: nil), throttle: &throttle, using: &random)
    #expect(throttle == before)
  }
}

extension RetryState {
  fileprivate mutating func fail(_ failure: AttemptFailure) -> Decision {
    var none: RetryThrottle?
    var random = SeededGenerator(seed: 1)
    return failed(failure, throttle: &none, using: &random)
  }
}

@Suite struct RequestBufferTests {
  @Test("Another attempt sends everything again until the call is committed")
  func rewinding() {
    var buffer = RequestBuffer()
    buffer.append([1, 2])
    buffer.append([3])
    #expect(buffer.take(1) == [[1, 2]])
    #expect(buffer.waitingBytes == 1)
    buffer.rewind()
    #expect(buffer.take(100) == [[1, 2], [3]])
    #expect(buffer.keptBytes == 3)
    buffer.commit()
    #expect(buffer.keptBytes == 0)
    buffer.append([4])
    #expect(buffer.take(100) == [[4]])
    #expect(buffer.keptBytes == 0)
    #expect(!buffer.isFinished)
    buffer.finish()
    #expect(buffer.isFinished && buffer.isDrained)
  }
}
