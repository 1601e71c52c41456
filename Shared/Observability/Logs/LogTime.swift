internal import Glibc

/// A moment as log lines write it: UTC with microseconds, `2026-11-24T06:22:26.000123Z`.
package struct LogTime: Sendable, CustomStringConvertible {
  private let seconds: Int
  private let microseconds: Int

  /// By the system's clock.
  package static var now: LogTime {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return LogTime(seconds: time.tv_sec, microseconds: time.tv_nsec / 1000)
  }

  /// Since 1970 in UTC.
  package init(seconds: Int, microseconds: Int) {
    self.seconds = seconds
    self.microseconds = microseconds
  }

  package var description: String {
    let (day, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let (year, month, dayOfMonth) = Self.date(of: day)
    let date = [Self.padded(year, 4), Self.padded(month, 2), Self.padded(dayOfMonth, 2)]
    let time = [second / 3600, second / 60 % 60, second % 60].map { Self.padded($0, 2) }
    return date.joined(separator: "-") + "T" + time.joined(separator: ":")
      + ".\(Self.padded(microseconds, 6))Z"
  }

  /// The date so many days after 1970-01-01, by counting in years that begin in March, so that the
  /// leap day is the last of them.
  private static func date(of day: Int) -> (year: Int, month: Int, day: Int) {
    let (era, dayOfEra) = (day + 719_468).quotientAndRemainder(dividingBy: 146_097)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
