import RPC
import Testing

@Suite struct KeepaliveTests {
  private static let start = ContinuousClock.now
  private static let keepalive = ClientKeepalive(
    time: .seconds(10), timeout: .seconds(2), timeMinimum: .zero)

  @Test("Silence is asked about, and an answer or any byte counts as life")
  func asking() {
    var state = KeepaliveState(Self.keepalive, at: Self.start)
    let start = Self.start
    #expect(state.check(at: start, hasCalls: true) == .wait(until: start + .seconds(10)))
    #expect(
      state.check(at: start + .seconds(10), hasCalls: true)
        == .ping(answerBy: start + .seconds(12)))
    state.heard(at: start + .seconds(11))
    #expect(
      state.check(at: start + .seconds(12), hasCalls: true) == .wait(until: start + .seconds(21)))
  }

  @Test("A server that does not answer is given up")
  func silence() {
    var state = KeepaliveState(Self.keepalive, at: Self.start)
    _ = state.check(at: Self.start + .seconds(10), hasCalls: true)
    #expect(
      state.check(at: Self.start + .seconds(11), hasCalls: true)
        == .wait(until: Self.start + .seconds(12)))
    #expect(state.check(at: Self.start + .seconds(12), hasCalls: true) == .close)
  }

  @Test("Without calls nobody asks, and the silence of that time does not count")
  func withoutCalls() {
    var state = KeepaliveState(Self.keepalive, at: Self.start)
    let later = Self.start + .seconds(100)
    #expect(state.check(at: later, hasCalls: false) == .rest)
    #expect(state.check(at: later, hasCalls: true) == .wait(until: later + .seconds(10)))
    var permitted = Self.keepalive
    permitted.permitWithoutCalls = true
    var asking = KeepaliveState(permitted, at: Self.start)
    #expect(asking.check(at: later, hasCalls: false) == .ping(answerBy: later + .seconds(2)))
  }

  @Test("Asking is off by default, never below the minimum, and half as frequent after a rebuke")
  func limits() {
    #expect(!KeepaliveState(ClientKeepalive(), at: Self.start).isOn)
    var keepalive = ClientKeepalive(time: .seconds(1))
    var state = KeepaliveState(keepalive, at: Self.start)
    #expect(
      state.check(at: Self.start, hasCalls: true) == .wait(until: Self.start + .seconds(10)))
    keepalive.slowDown()
    #expect(keepalive.time == .seconds(20))
  }
}
