/// When a client asks a silent server whether it is still there (gRFC A8).
package struct ClientKeepalive: Sendable, Hashable {
  /// Silence after which a PING goes out; nil never asks.
  package var time: Duration?
  /// How long the answer may take before the connection counts as dead.
  package var timeout: Duration
  /// Asks even while no call is open.
  package var permitWithoutCalls: Bool
  /// A shorter `time` means this.
  package var timeMinimum: Duration

  package init(
    time: Duration? = nil, timeout: Duration = .seconds(20), permitWithoutCalls: Bool = false,
    timeMinimum: Duration = .seconds(10)
  ) {
    self.time = time
    self.timeout = timeout
    self.permitWithoutCalls = permitWithoutCalls
    self.timeMinimum = timeMinimum
  }

  /// The server said `too_many_pings`: ask half as often from now on.
  package mutating func slowDown() {
    time = time.map { max($0, timeMinimum) * 2 }
  }
}

/// The keepalive of one connection. Told when bytes came, it says when to look again and what to
/// do.
package struct KeepaliveState: Sendable {
  package enum Action: Hashable, Sendable {
    /// Nothing to watch: look again when a call opens.
    case rest
    case wait(until: ContinuousClock.Instant)
    /// Send a PING and come back then.
    case ping(answerBy: ContinuousClock.Instant)
    /// The server is gone.
    case close
  }

  private let time: Duration?
  private let timeout: Duration
  private let permitWithoutCalls: Bool
  private var lastHeard: ContinuousClock.Instant
  private var answerBy: ContinuousClock.Instant?
  private var isResting = false

  package init(_ keepalive: ClientKeepalive, at now: ContinuousClock.Instant) {
    time = keepalive.time.map { max($0, keepalive.timeMinimum) }
    timeout = keepalive.timeout
    permitWithoutCalls = keepalive.permitWithoutCalls
    lastHeard = now
  }

  package var isOn: Bool { time != nil }

  /// Any byte of the server shows that it lives.
  package mutating func heard(at now: ContinuousClock.Instant) {
    lastHeard = now
    answerBy = nil
  }

  package mutating func check(at now: ContinuousClock.Instant, hasCalls: Bool) -> Action {
    guard let time else { return .rest }
    if let answerBy {
      return now < answerBy ? .wait(until: answerBy) : .close
    }
    guard hasCalls || permitWithoutCalls else {
      isResting = true
      return .rest
    }
    if isResting {
      // Silence that nobody listened to does not count.
      isResting = false
      lastHeard = max(lastHeard, now)
    }
    let due = lastHeard + time
    guard now >= due else { return .wait(until: due) }
    let limit = now + timeout
    answerBy = limit
    return .ping(answerBy: limit)
  }
}
