internal import Glibc
package import WellKnown

/// A moment of the recorded clock, in microseconds since 1970.
package struct RecordedTime: Hashable, Comparable, Sendable {
  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }

  /// Before everything that was ever recorded.
  package static let origin = RecordedTime(microseconds: 0)

  /// What the machine's wall clock says.
  package static var now: RecordedTime {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return RecordedTime(
      microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  /// The moment in whole microseconds, the rest cut off; nil where the count overflows.
  package init?(_ time: GoogleProtobuf.Timestamp) {
    let (whole, overflow) = time.seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, carry) = whole.addingReportingOverflow(Int64(time.nanos) / 1000)
    guard !overflow, !carry, time.nanos >= 0 else { return nil }
    microseconds = sum
  }

  package var timestamp: GoogleProtobuf.Timestamp {
    let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    return rest >= 0
      ? GoogleProtobuf.Timestamp(seconds: seconds, nanos: Int32(rest) * 1000)
      : GoogleProtobuf.Timestamp(seconds: seconds - 1, nanos: Int32(rest + 1_000_000) * 1000)
  }

  package static func < (left: Self, right: Self) -> Bool {
    left.microseconds < right.microseconds
  }

  package func advanced(by duration: Duration) -> RecordedTime {
    RecordedTime(microseconds: microseconds + duration.microseconds)
  }

  package func duration(to later: RecordedTime) -> Duration {
    .microseconds(later.microseconds - microseconds)
  }
}

extension Duration {
  var microseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }

  var message: GoogleProtobuf.Duration {
    GoogleProtobuf.Duration(
      seconds: components.seconds, nanos: Int32(components.attoseconds / 1_000_000_000))
  }
}
