internal import Synchronization

/// Calls begun and ended, counted by any thread without a lock.
package final class CallCounters: Sendable {
  private let started = Atomic<Int64>(0)
  private let succeeded = Atomic<Int64>(0)
  private let failed = Atomic<Int64>(0)
  /// Nanoseconds since `epoch`; meaningless before the first.
  private let lastStarted = Atomic<Int64>(0)

  private static let epoch = ContinuousClock.now

  package init() {}

  package func began(at now: ContinuousClock.Instant) {
    started.wrappingAdd(1, ordering: .relaxed)
    let (seconds, attoseconds) = Self.epoch.duration(to: now).components
    lastStarted.store(seconds * 1_000_000_000 + attoseconds / 1_000_000_000, ordering: .relaxed)
  }

  package func ended(well: Bool) {
    if well {
      succeeded.wrappingAdd(1, ordering: .relaxed)
    } else {
      failed.wrappingAdd(1, ordering: .relaxed)
    }
  }

  /// What was counted so far. Taken while calls come and go, no number is older than another that
  /// it must not exceed.
  package var counts: CallCounts {
    let (succeeded, failed) = (
      succeeded.load(ordering: .relaxed), failed.load(ordering: .relaxed)
    )
    let started = max(started.load(ordering: .relaxed), succeeded + failed)
    let last = started == 0 ? nil : Self.epoch + .nanoseconds(lastStarted.load(ordering: .relaxed))
    return CallCounts(started: started, succeeded: succeeded, failed: failed, lastStarted: last)
  }
}

/// Calls of a channel, of one of its subchannels or of a socket, since each came to be.
package struct CallCounts: Hashable, Sendable {
  package var started: Int64 = 0
  package var succeeded: Int64 = 0
  package var failed: Int64 = 0
  package var lastStarted: ContinuousClock.Instant?

  package init(
    started: Int64 = 0, succeeded: Int64 = 0, failed: Int64 = 0,
    lastStarted: ContinuousClock.Instant? = nil
  ) {
    self.started = started
    self.succeeded = succeeded
    self.failed = failed
    self.lastStarted = lastStarted
  }

  /// Begun and not ended.
  package var open: Int64 { started - succeeded - failed }

  package static func + (one: CallCounts, other: CallCounts) -> CallCounts {
    CallCounts(
      started: one.started + other.started, succeeded: one.succeeded + other.succeeded,
      failed: one.failed + other.failed,
      lastStarted: [one.lastStarted, other.lastStarted].compactMap(\.self).max())
  }
}
