internal import RPC
internal import Synchronization

/// What waits on all connections of a server together for peers that do not take it.
///
/// A connection has a share of its own, whatever the others do; what waits beyond it counts here.
/// Above half of the limit no call begins on a connection that has anything here, and those that
/// have taken nothing for a while are ended, the longest first. Above the limit nothing is queued,
/// and whose answer found no room begins no other call until there is some.
final class OutputBudget: Sendable {
  /// Who has taken nothing for so long gives way when room is short.
  static let patience = Duration.seconds(1)

  private struct Waiting {
    var bytes: Int
    /// When the peer last took some of it.
    var since: ContinuousClock.Instant
  }

  private let limit: Int
  private let total = Atomic(0)
  private let waiting = Mutex<[EntityNumber: Waiting]>([:])
  /// Who had an answer that found no room.
  private let turnedAway = Mutex<Set<EntityNumber>>([])
  private let isWatched = Atomic(false)

  init(limit: Int) { self.limit = limit }

  /// Room is short.
  var isTight: Bool { total.load(ordering: .relaxed) > limit / 2 }

  func hasRoom(for bytes: Int) -> Bool { total.load(ordering: .relaxed) + bytes <= limit }

  /// What waits on a connection beyond its share has become so much.
  func report(_ bytes: Int, of connection: EntityNumber, at now: ContinuousClock.Instant) {
    waiting.withLock { waiting in
      let before = waiting[connection]
      total.add(bytes - (before?.bytes ?? 0), ordering: .relaxed)
      let isTaken = bytes < before?.bytes ?? 0
      waiting[connection] =
        bytes == 0 ? nil : Waiting(bytes: bytes, since: isTaken ? now : before?.since ?? now)
    }
  }

  /// Who is to be ended so that room is no longer short, the longest stalled first.
  func overdue(at now: ContinuousClock.Instant) -> [EntityNumber] {
    waiting.withLock { waiting in
      var excess = total.load(ordering: .relaxed) - limit / 2
      var overdue: [EntityNumber] = []
      for (number, one) in waiting.sorted(by: { $0.value.since < $1.value.since }) {
        guard excess > 0, one.since.duration(to: now) >= Self.patience else { break }
        overdue.append(number)
        excess -= one.bytes
      }
      return overdue
    }
  }

  func turnAway(_ connection: EntityNumber) {
    _ = turnedAway.withLock { $0.insert(connection) }
  }

  /// Those who may go on now that there is room.
  func takeTurnedAway() -> Set<EntityNumber> {
    turnedAway.withLock { turnedAway in
      defer { turnedAway = [] }
      return turnedAway
    }
  }

  /// The connection is gone.
  func forget(_ connection: EntityNumber) {
    report(0, of: connection, at: .now)
    _ = turnedAway.withLock { $0.remove(connection) }
  }

  /// True for the one who is to watch from here on.
  func beginWatching() -> Bool {
    isWatched.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
  }

  func endWatching() { isWatched.store(false, ordering: .relaxed) }
}
