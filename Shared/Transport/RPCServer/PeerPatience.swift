/// How long a peer is waited for in the middle of something. Knows no clock and no socket: it is
/// shown at regular times how things stand, and says when they stood so for too long.
struct PeerPatience {
  struct Limits: Sendable, Hashable {
    var greeting: Duration
    var header: Duration
    var output: Duration

    /// How often to look.
    var period: Duration { max(min(greeting, header, output) / 4, .milliseconds(10)) }
    /// How many looks in a row without a byte moved are too many.
    var looks: Int { max(1, Int((output / period).rounded(.up))) }
  }

  /// How things stand.
  struct Standing {
    var hasGreeted: Bool
    /// Which header block is open.
    var openBlock: Int?
    /// Bytes that the system has not taken from us yet.
    var unsent: Int
    /// Bytes that it has taken since the beginning.
    var sent: Int
  }

  private let limits: Limits
  private let began: ContinuousClock.Instant
  private var block: (number: Int, since: ContinuousClock.Instant)?
  private var output: (sent: Int, since: ContinuousClock.Instant)?

  init(_ limits: Limits, now: ContinuousClock.Instant) {
    self.limits = limits
    began = now
  }

  /// What has lasted too long.
  mutating func look(_ standing: Standing, _ now: ContinuousClock.Instant) -> ConnectionEnd? {
    if !standing.hasGreeted, began.duration(to: now) >= limits.greeting { return .greetingTimeout }
    if let open = standing.openBlock {
      if block?.number != open { block = (open, now) }
    } else {
      block = nil
    }
    if standing.unsent > 0 {
      if output?.sent != standing.sent { output = (standing.sent, now) }
    } else {
      output = nil
    }
    if let block, block.since.duration(to: now) >= limits.header { return .headerTimeout }
    if let output, output.since.duration(to: now) >= limits.output { return .outputTimeout }
    return nil
  }

  /// Whether there is something to look at again.
  func isWaiting(_ standing: Standing) -> Bool {
    !standing.hasGreeted || standing.openBlock != nil || standing.unsent > 0
  }
}
