import RPC
import Testing

/// Keepalive, age and idleness of a server's connection, with the clock in the test's hands.
@Suite struct ConnectionLifetimeTests {
  private let start = ContinuousClock.now

  private func settings(_ change: (inout ConnectionLifetime.Settings) -> Void)
    -> ConnectionLifetime.Settings
  {
    var settings = ConnectionLifetime.Settings()
    change(&settings)
    return settings
  }

  private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

  @Test("A silent peer is pinged, and cut off when it does not answer")
  func keepalive() {
    var lifetime = ConnectionLifetime(
      settings { $0.keepaliveTime = .seconds(10) }, now: start, jitter: 0)
    #expect(lifetime.due(at(9)) == nil)
    #expect(lifetime.nextDue(at(9)) == at(10))
    #expect(lifetime.due(at(10)) == .ping)
    #expect(lifetime.nextDue(at(10)) == at(30))
    #expect(lifetime.due(at(29)) == nil)
    guard case .close = lifetime.due(at(30)) else { return #expect(Bool(false), "not closed") }
  }

  @Test("Anything heard counts as life")
  func heard() {
    var lifetime = ConnectionLifetime(
      settings { $0.keepaliveTime = .seconds(10) }, now: start, jitter: 0)
    #expect(lifetime.due(at(10)) == .ping)
    lifetime.heard(at(11))
    #expect(lifetime.due(at(20)) == nil)
    #expect(lifetime.due(at(21)) == .ping)
  }

  @Test("An old connection is drained and, after its grace, cut", arguments: [-1.0, 0, 1])
  func age(jitter: Double) {
    var lifetime = ConnectionLifetime(
      settings {
        $0.maxAge = .seconds(100)
        $0.maxAgeGrace = .seconds(5)
      }, now: start, jitter: jitter)
    let end = 100 + 10 * jitter
    #expect(lifetime.due(at(end - 1)) == nil)
    #expect(lifetime.due(at(end)) == .drain("max_age"))
    lifetime.startedDraining(at(end))
    #expect(lifetime.due(at(end + 4.9)) == nil)
    #expect(lifetime.due(at(end + 5)) == .close("max_age: the grace is over"))
  }

  @Test("A connection without calls is drained; one with a call is not idle")
  func idleness() {
    var lifetime = ConnectionLifetime(
      settings { $0.maxIdle = .seconds(60) }, now: start, jitter: 0)
    lifetime.callsChanged(open: 1, at(50))
    #expect(lifetime.due(at(200)) == nil)
    #expect(lifetime.nextDue(at(200)) == at(260), "a busy connection is looked at in time")
    lifetime.callsChanged(open: 0, at(200))
    #expect(lifetime.due(at(259)) == nil)
    #expect(lifetime.due(at(260)) == .drain("max_idle"))
  }

  @Test(
    "Pings that come too early are counted; the third of them is one too many",
    arguments: [
      // Seconds between pings, calls open, pings without calls permitted, output between them.
      (301.0, 1, false, false, nil), (299, 1, false, false, 4), (299, 1, false, true, nil),
      (301, 0, true, false, nil), (301, 0, false, false, 4), (7201, 0, false, false, nil),
    ] as [(Double, Int, Bool, Bool, Int?)])
  func pings(
    interval: Double, calls: Int, permits: Bool, output: Bool, refused: Int?
  ) {
    var lifetime = ConnectionLifetime(
      settings { $0.permitsPingsWithoutCalls = permits }, now: start, jitter: 0)
    lifetime.callsChanged(open: calls, start)
    var first: Int?
    for ping in 1...10 where first == nil {
      if lifetime.pinged(at(interval * Double(ping))) { first = ping }
      if output { lifetime.sentOutput() }
    }
    #expect(first == refused)
  }
}
