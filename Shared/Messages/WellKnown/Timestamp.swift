package import Protobuf

/// In JSON a time of RFC 3339 in UTC, of the years 0001 to 9999; read with any offset.
extension GoogleProtobuf.Timestamp {
  package static var hasOwnJSONForm: Bool { true }
  /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z, in seconds since 1970.
  private static let secondsRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
  private static let secondsPerDay: Int64 = 86_400

  package func jsonValue(_: JSONEncodingOptions) throws(JSONError) -> JSONValue {
    guard Self.secondsRange.contains(seconds), 0..<Fraction.nanosecondsPerSecond ~= nanos else {
      throw JSONError("\(seconds) s and \(nanos) ns are no google.protobuf.Timestamp")
    }
    let time = (seconds % Self.secondsPerDay + Self.secondsPerDay) % Self.secondsPerDay
    let date = CivilDate(daysSince1970: (seconds - time) / Self.secondsPerDay)
    let day = [
      Fraction.padded(date.year, to: 4), Fraction.padded(date.month, to: 2),
      Fraction.padded(date.day, to: 2),
    ].joined(separator: "-")
    let clock = [time / 3600, time / 60 % 60, time % 60].map { Fraction.padded($0, to: 2) }
      .joined(separator: ":")
    return .string("\(day)T\(clock)\(Fraction.text(nanos))Z")
  }

  package init(jsonValue: JSONValue, _: JSONDecodingOptions) throws(JSONError) {
    guard case .string(let text) = jsonValue else {
      throw JSONError("google.protobuf.Timestamp is a string such as \"2024-05-01T09:30:00Z\"")
    }
    guard let time = Self(text: text) else {
      throw JSONError("\"\(text)\" is no google.protobuf.Timestamp")
    }
    self = time
  }

  private init?(text: String) {
    var rest = text[...]
    guard let year = Self.number(4, "-", &rest), let month = Self.number(2, "-", &rest),
      let day = Self.number(2, "T", &rest), let hour = Self.number(2, ":", &rest),
      let minute = Self.number(2, ":", &rest), let second = Self.number(2, "", &rest),
      let nanos = Fraction.take(from: &rest), let offset = Self.offset(rest),
      let date = CivilDate(year: year, month: month, day: day), hour < 24, minute < 60, second < 60
    else { return nil }
    let seconds =
      date.daysSince1970 * Self.secondsPerDay + hour * 3600 + minute * 60 + second - offset
    guard Self.secondsRange.contains(seconds) else { return nil }
    self.init(seconds: seconds, nanos: nanos)
  }

  /// Takes so many digits and what must follow them.
  private static func number(_ count: Int, _ suffix: String, _ text: inout Substring) -> Int64? {
    let digits = text.prefix(count)
    guard digits.count == count, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
      text.dropFirst(count).hasPrefix(suffix)
    else { return nil }
    text = text.dropFirst(count + suffix.count)
    return Int64(digits)
  }

  /// `Z` or `+01:00`, in seconds.
  private static func offset(_ text: Substring) -> Int64? {
    if text == "Z" { return 0 }
    guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
    var rest = text.dropFirst()
    guard let hours = number(2, ":", &rest), let minutes = number(2, "", &rest), rest.isEmpty,
      hours < 24, minutes < 60
    else { return nil }
    return (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
  }
}

/// A day of the Gregorian calendar, carried back before its invention.
private struct CivilDate {
  let year: Int64
  let month: Int64
  let day: Int64

  /// Days in four centuries, after which the calendar repeats.
  private static let daysPerEra: Int64 = 146_097
  /// From 1 March of year 0 to 1 January 1970.
  private static let daysBefore1970: Int64 = 719_468

  init?(year: Int64, month: Int64, day: Int64) {
    guard 1...12 ~= month, day >= 1 else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= days[Int(month) - 1] else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// Years begin in March here, so that the leap day is the last of its year.
  init(daysSince1970: Int64) {
    let days = daysSince1970 + Self.daysBefore1970
    let era = (days >= 0 ? days : days - Self.daysPerEra + 1) / Self.daysPerEra
    let dayOfEra = days - era * Self.daysPerEra
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  var daysSince1970: Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * Self.daysPerEra + dayOfEra - Self.daysBefore1970
  }
}
