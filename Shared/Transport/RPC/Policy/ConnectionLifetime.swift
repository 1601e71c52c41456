/// When a server pings, drains or drops a connection: keepalive (gRFC A8) and connection age,
/// idleness and grace (gRFC A9). Knows no clock: time comes in, decisions come out.
package struct ConnectionLifetime: Sendable {
  package struct Settings: Sendable, Hashable {
    /// Silence of the peer after which it is pinged.
    package var keepaliveTime = Duration.seconds(2 * 60 * 60)
    /// How long the answer to a ping may take.
    package var keepaliveTimeout = Duration.seconds(20)
    /// Shortest time between two pings of a client that has done nothing wrong.
    package var minPingInterval = Duration.seconds(5 * 60)
    /// Whether a client may ping while it has no calls.
    package var permitsPingsWithoutCalls = false
    /// Pings too early that are forgiven.
    package var maxPingStrikes = 2
    /// A connection without calls for so long is drained.
    package var maxIdle: Duration?
    /// An older connection is drained.
    package var maxAge: Duration?
    /// How long the calls of an old connection may go on.
    package var maxAgeGrace: Duration?

    package init() {}
  }

  package enum Action: Sendable, Hashable {
    case ping
    /// Say GOAWAY and let the open calls finish.
    case drain(String)
    /// Cut the connection: nobody answers, or the grace is over.
    case close(String)
  }

  private let settings: Settings
  private let drainAt: ContinuousClock.Instant?
  private var lastHeard: ContinuousClock.Instant
  private var pingSent: ContinuousClock.Instant?
  private var idleSince: ContinuousClock.Instant?
  private var drainingSince: ContinuousClock.Instant?
  private var isAgedOut = false
  private var lastPing: ContinuousClock.Instant?
  private var strikes = 0

  /// What gRPC allows at least between pings of a client without calls (gRFC A8).
  private static let idlePingInterval = Duration.seconds(2 * 60 * 60)

  /// `jitter`, in -1...1, spreads the age by a tenth, so that clients do not come back together.
  package init(_ settings: Settings, now: ContinuousClock.Instant, jitter: Double) {
    self.settings = settings
    lastHeard = now
    idleSince = now
    drainAt = settings.maxAge.map { now + $0 + $0 * (jitter / 10) }
  }

  package mutating func heard(_ now: ContinuousClock.Instant) {
    lastHeard = now
    pingSent = nil
  }

  package mutating func callsChanged(open: Int, _ now: ContinuousClock.Instant) {
    idleSince = open == 0 ? idleSince ?? now : nil
  }

  /// Headers or data went out: the peer has a reason to ping (gRFC A8).
  package mutating func sentOutput() { (strikes, lastPing) = (0, nil) }

  /// A ping arrived; returns true when it was one too many.
  package mutating func pinged(_ now: ContinuousClock.Instant) -> Bool {
    defer { lastPing = now }
    guard let last = lastPing else { return false }
    let isIdle = idleSince != nil && !settings.permitsPingsWithoutCalls
    let interval = isIdle ? Self.idlePingInterval : settings.minPingInterval
    if last.duration(to: now) < interval { strikes += 1 }
    return strikes > settings.maxPingStrikes
  }

  package mutating func startedDraining(_ now: ContinuousClock.Instant) {
    drainingSince = drainingSince ?? now
  }

  /// What is due at `now`.
  package mutating func due(_ now: ContinuousClock.Instant) -> Action? {
    if let pingSent, pingSent.duration(to: now) >= settings.keepaliveTimeout {
      return .close("keepalive: no answer to a ping within \(settings.keepaliveTimeout)")
    }
    if let since = drainingSince {
      if isAgedOut, let grace = settings.maxAgeGrace, since.duration(to: now) >= grace {
        return .close("max_age: the grace is over")
      }
    } else if let drainAt, now >= drainAt {
      isAgedOut = true
      return .drain("max_age")
    } else if let maxIdle = settings.maxIdle, let idleSince,
      idleSince.duration(to: now) >= maxIdle
    {
      return .drain("max_idle")
    }
    if pingSent == nil, lastHeard.duration(to: now) >= settings.keepaliveTime {
      pingSent = now
      return .ping
    }
    return nil
  }

  /// When to ask `due` again. What can only be known then, such as since when a busy connection is
  /// idle, is asked for in time.
  package func nextDue(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
    var next = pingSent.map { $0 + settings.keepaliveTimeout } ?? lastHeard + settings.keepaliveTime
    if let since = drainingSince {
      if isAgedOut, let grace = settings.maxAgeGrace { next = min(next, since + grace) }
    } else {
      if let drainAt { next = min(next, drainAt) }
      if let maxIdle = settings.maxIdle { next = min(next, (idleSince ?? now) + maxIdle) }
    }
    return next
  }
}
