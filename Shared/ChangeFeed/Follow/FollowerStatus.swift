package import RPC

/// How a follower is, for metrics and for rules that want to know how old its knowledge is.
package struct FollowerStatus: Sendable {
  package enum Phase: String, Sendable, CaseIterable {
    /// Not running.
    case stopped
    /// Waits for the service, or to try again.
    case connecting
    /// Takes in a snapshot; what was known before still stands.
    case snapshot
    case following
  }

  package internal(set) var phase = Phase.stopped
  /// Why the last stream ended; nil while one goes well.
  package internal(set) var lastError: RPCError?
  /// Changes taken in, snapshots begun anew, and streams opened since the process began.
  package internal(set) var changes: Int64 = 0
  package internal(set) var snapshots = 0
  package internal(set) var streams = 0
  /// The last place of the feed that the follower knows itself to be at.
  package internal(set) var sequence: Int64?
  var knowledge: Knowledge?
  /// The cursor that was taken in last.
  var cursor = ""

  /// Everything is known up to a time of the service's clock; when that was heard here.
  struct Knowledge: Sendable {
    var time: RecordedTime
    var heard: ContinuousClock.Instant
  }

  /// How old the knowledge is; nil before the service has said, since this process began, that it
  /// is whole. The larger of what the two machines' clocks say and what this one's says alone, so
  /// a wrong clock makes it look older, never fresher.
  package func age(at now: RecordedTime = .now, _ instant: ContinuousClock.Instant = .now)
    -> Duration?
  {
    knowledge.map { max($0.time.duration(to: now), $0.heard.duration(to: instant)) }
  }
}
