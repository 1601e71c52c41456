import RPC
import Testing

private let a = Endpoint.ip(address: "10.0.0.1", port: 1)
private let b = Endpoint.ip(address: "10.0.0.2", port: 1)
private let c = Endpoint.ip(address: "10.0.0.3", port: 1)

@Suite struct PickFirstTests {
  private static func connecting() -> PickFirst {
    var balancer = PickFirst()
    _ = balancer.resolved([a, b])
    #expect(balancer.exitIdle() == [.connect(a)])
    return balancer
  }

  @Test("Nothing is connected until a call wants it")
  func lazy() {
    var balancer = PickFirst()
    #expect(balancer.resolved([a, b]) == [])
    #expect(balancer.picks == .idle)
    #expect(balancer.exitIdle() == [.connect(a)])
    #expect(balancer.picks == .wait)
  }

  @Test("The first that answers is used, in the list's order")
  func order() {
    var balancer = Self.connecting()
    #expect(balancer.changed(a, to: .failed(.connectionRefused)) == [.connect(b)])
    #expect(balancer.picks == .wait)
    #expect(balancer.changed(b, to: .ready) == [.release(a)])
    #expect(balancer.picks == .ready([b]))
  }

  @Test("When all failed calls fail with the last reason, and each is tried again when it may be")
  func allFailed() {
    var balancer = Self.connecting()
    _ = balancer.changed(a, to: .failed(.connectionRefused))
    #expect(balancer.changed(b, to: .failed(.connectTimeout)) == [.resolve])
    #expect(balancer.picks == .fail(.connectTimeout))
    #expect(balancer.changed(a, to: .idle) == [.connect(a)])
    #expect(balancer.picks == .fail(.connectTimeout))
    #expect(balancer.changed(a, to: .failed(.alpnRefused)) == [.resolve])
    #expect(balancer.picks == .fail(.alpnRefused))
    #expect(balancer.changed(b, to: .idle) == [.connect(b)])
    #expect(balancer.changed(b, to: .ready) == [.release(a)])
    #expect(balancer.picks == .ready([b]))
  }

  @Test("An endpoint whose backoff ended while others were tried is not forgotten")
  func backAgain() {
    var balancer = Self.connecting()
    _ = balancer.changed(a, to: .failed(.connectionRefused))
    #expect(balancer.changed(a, to: .idle) == [])
    #expect(balancer.changed(b, to: .failed(.connectTimeout)) == [.resolve, .connect(a)])
  }

  @Test("It stays with its endpoint as long as the list has it")
  func sticky() {
    var balancer = Self.connecting()
    _ = balancer.changed(a, to: .ready)
    #expect(balancer.resolved([b, a]) == [])
    #expect(balancer.picks == .ready([a]))
    #expect(balancer.resolved([b, c]) == [.release(a), .connect(b)])
    #expect(balancer.picks == .wait)
  }

  @Test("The same list again changes nothing")
  func sameList() {
    var balancer = Self.connecting()
    _ = balancer.changed(a, to: .failed(.connectionRefused))
    #expect(balancer.resolved([b, a]) == [])
    #expect(balancer.changed(b, to: .failed(.connectTimeout)) == [.resolve])
    #expect(balancer.resolved([a, b]) == [])
    #expect(balancer.picks == .fail(.connectTimeout))
  }

  @Test("A lost connection is not replaced until a call wants it")
  func lost() {
    var balancer = Self.connecting()
    _ = balancer.changed(a, to: .ready)
    #expect(balancer.changed(a, to: .idle) == [.resolve])
    #expect(balancer.picks == .idle)
    #expect(balancer.exitIdle() == [.connect(a)])
  }

  @Test("Shuffled, many clients spread over the list")
  func shuffled() {
    var firsts: Set<Endpoint> = []
    for seed in 0..<32 {
      var balancer = PickFirst(shufflingWith: SeededGenerator(seed: UInt64(seed)))
      _ = balancer.resolved([a, b, c])
      if case .connect(let first)? = balancer.exitIdle().first { firsts.insert(first) }
    }
    #expect(firsts == [a, b, c])
  }
}

@Suite struct RoundRobinTests {
  private static func ready() -> RoundRobin {
    var balancer = RoundRobin()
    #expect(balancer.resolved([a, b]) == [.connect(a), .connect(b)])
    _ = balancer.changed(a, to: .ready)
    _ = balancer.changed(b, to: .ready)
    return balancer
  }

  @Test("Every endpoint that is ready takes its turn")
  func turns() {
    var balancer = RoundRobin()
    _ = balancer.resolved([a, b])
    #expect(balancer.picks == .wait)
    _ = balancer.changed(b, to: .ready)
    #expect(balancer.picks == .ready([b]))
    _ = balancer.changed(a, to: .ready)
    #expect(balancer.picks == .ready([a, b]))
  }

  @Test("A dead endpoint is out at once, tried after its backoff, and back when it answers")
  func ejection() {
    var balancer = Self.ready()
    #expect(balancer.changed(a, to: .idle) == [.connect(a), .resolve])
    #expect(balancer.picks == .ready([b]))
    #expect(balancer.changed(a, to: .failed(.connectionRefused)) == [.resolve])
    #expect(balancer.changed(a, to: .idle) == [.connect(a)])
    #expect(balancer.picks == .ready([b]))
    _ = balancer.changed(a, to: .ready)
    #expect(balancer.picks == .ready([a, b]))
  }

  @Test("Calls fail once all are dead, also while one is tried again")
  func allDead() {
    var balancer = Self.ready()
    for endpoint in [a, b] {
      _ = balancer.changed(endpoint, to: .idle)
      _ = balancer.changed(endpoint, to: .failed(.connectionRefused))
    }
    #expect(balancer.picks == .fail(.connectionRefused))
    _ = balancer.changed(a, to: .idle)
    _ = balancer.changed(a, to: .connecting)
    #expect(balancer.picks == .fail(.connectionRefused))
  }

  @Test("A new list adds and drops endpoints and leaves the others alone")
  func newList() {
    var balancer = Self.ready()
    #expect(balancer.resolved([b, c]) == [.release(a), .connect(c)])
    #expect(balancer.picks == .ready([b]))
  }
}

@Suite struct SubchannelStateTests {
  private static let start = ContinuousClock.now
  private static let backoff = Backoff(jitter: 0)

  @Test("After a failure it waits out the backoff, counted from the attempt's start")
  func backoff() {
    var random = SystemRandomNumberGenerator()
    var state = SubchannelState(Self.backoff)
    let start = Self.start
    #expect(state.connect(at: start, using: &random) == .connect(by: start + .seconds(20)))
    #expect(
      state.failed(.connectionRefused, at: start + .milliseconds(1), using: &random)
        == .wait(until: start + .seconds(1)))
    #expect(state.connectivity == .transientFailure)
    #expect(state.connect(at: start + .milliseconds(2), using: &random) == .none)
    #expect(state.backoffEnded(at: start + .seconds(1), using: &random) == .none)
    #expect(state.connectivity == .idle)
    let second = start + .seconds(1)
    _ = state.connect(at: second, using: &random)
    #expect(
      state.failed(.connectTimeout, at: second + .seconds(30), using: &random)
        == .wait(until: second + .seconds(30)))
  }

  @Test("A server that accepts and hangs up is not hammered")
  func hangUps() {
    var random = SystemRandomNumberGenerator()
    var state = SubchannelState(Self.backoff)
    let start = Self.start
    _ = state.connect(at: start, using: &random)
    state.connected()
    state.lost()
    #expect(state.connectivity == .idle)
    #expect(
      state.connect(at: start + .milliseconds(5), using: &random)
        == .wait(until: start + .seconds(1)))
    #expect(
      state.backoffEnded(at: start + .seconds(1), using: &random)
        == .connect(by: start + .seconds(21)))
  }
}
