/// How long the log keeps a change: until it is older than `age` and `count` newer ones are there.
/// Both are promises to consumers; more may be kept.
package struct Retention: Sendable, Hashable {
  package var age: Duration
  package var count: Int64

  package init(age: Duration = .seconds(30 * 86_400), count: Int64 = 100_000) {
    self.age = age
    self.count = count
  }

  /// What was recorded before this may go. Counted from the last record where the wall clock is
  /// ahead of it: a clock that jumps forward makes nothing old before the next write.
  func cutoff(now: RecordedTime, lastRecorded: RecordedTime) -> RecordedTime {
    min(now, lastRecorded).advanced(by: .zero - age)
  }
}
