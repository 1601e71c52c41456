internal import Observability
internal import RPCServer
internal import Synchronization

/// Counts how connections end, and logs those that were ended for what the peer did: each once, and
/// in a flood of them a few and how many there were besides.
final class ConnectionTelemetry: ConnectionObserver {
  private let ended: [String: Counter]
  private let acceptFailures: Counter
  private let log: Log
  private let budget: Mutex<LogBudget>

  init(_ metrics: MetricsRegistry, _ log: Log) {
    self.log = log
    budget = Mutex(LogBudget(now: .now))
    ended = Dictionary(
      uniqueKeysWithValues: ConnectionEnd.all.map { end in
        let counter = metrics.counter(
          "cabildo_server_connections_ended_total", "Connections that have ended, by the reason.",
          ["reason": end.name])
        return (end.name, counter)
      })
    acceptFailures = metrics.counter(
      "cabildo_server_accept_failures_total",
      "Times that the system gave no socket for a connection that waited.")
  }

  func ended(_ end: ConnectionEnd, peer: String, complaint: String?) {
    ended[end.name]?.add()
    guard log.isOn(end.isHostile ? .warning : .debug) else { return }
    guard end.isHostile else {
      return log.debug("connection ended", ["reason": .text(end.name), "peer": .text(peer)])
    }
    guard let unsaid = budget.withLock({ $0.take(.now) }) else { return }
    log.write(.warning, "connection cut off") { line in
      line.add("reason", .text(end.name))
      line.add("peer", .text(peer))
      if let complaint { line.add("complaint", .text(complaint)) }
      if unsaid > 0 { line.add("not_logged_before", .integer(unsaid)) }
    }
  }

  func cannotAccept(_ why: String) {
    acceptFailures.add()
    guard let unsaid = budget.withLock({ $0.take(.now) }) else { return }
    log.error(
      "no connection can be accepted", ["error": .text(why), "not_logged_before": .integer(unsaid)])
  }
}

/// Lines that may be logged: ten at once, one a second. Whoever floods us does not fill the disk.
struct LogBudget {
  private static let burst = 10
  private static let interval = Duration.seconds(1)

  private var left = burst
  private var refilled: ContinuousClock.Instant
  private var unsaid = 0

  init(now: ContinuousClock.Instant) { refilled = now }

  /// Nil when there is no line left; otherwise how many were kept back since the last.
  mutating func take(_ now: ContinuousClock.Instant) -> Int? {
    let seconds = Int(refilled.duration(to: now) / Self.interval)
    if seconds > 0 {
      left = min(Self.burst, left + seconds)
      refilled = now
    }
    guard left > 0 else {
      unsaid += 1
      return nil
    }
    left -= 1
    defer { unsaid = 0 }
    return unsaid
  }
}
