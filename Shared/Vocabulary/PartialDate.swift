/// A date as precise as its source, as it was said: it may name a day that there is not.
package struct PartialDate: Hashable, Sendable {
  package enum Precision: String, Hashable, Sendable {
    case day, month, semester, year, toBeConfirmed
  }

  /// Nil when it was not said.
  package var precision: Precision?
  package var year: Int
  package var semester: Int
  package var month: Int
  package var day: Int

  package init(
    _ precision: Precision?, year: Int = 0, semester: Int = 0, month: Int = 0, day: Int = 0
  ) {
    self.precision = precision
    self.year = year
    self.semester = semester
    self.month = month
    self.day = day
  }

  /// The days it may mean; nil when it is still to be confirmed, or faulty.
  package var period: Period? {
    guard fault == nil else { return nil }
    switch precision {
    case .day: return days(from: month, day, months: 0, days: 1)
    case .month: return days(from: month, 1, months: 1, days: 0)
    case .semester: return days(from: semester * 6 - 5, 1, months: 6, days: 0)
    case .year: return days(from: 1, 1, months: 12, days: 0)
    case .toBeConfirmed, nil: return nil
    }
  }

  private func days(from month: Int, _ day: Int, months: Int, days: Int) -> Period? {
    guard let first = Day(year: year, month: month, day: day) else { return nil }
    guard months > 0 else { return Period(from: first, until: first.advanced(by: days)) }
    let last = month + months - 1
    guard
      let end = Day(year: year, month: last, day: Day.length(ofMonth: last, year))
    else { return nil }
    return Period(from: first, until: end.advanced(by: 1))
  }

  /// What is wrong with it, for people; nil when it is a date.
  package var fault: String? {
    switch precision {
    case nil: return "the precision of the date is missing"
    case .toBeConfirmed:
      return numbers == [0, 0, 0, 0] ? nil : "a date to be confirmed has no numbers"
    case .year: return yearFault ?? unwanted([semester, month, day], "a year")
    case .semester:
      return yearFault ?? (1...2 ~= semester ? nil : "a year has no semester \(semester)")
        ?? unwanted([month, day], "a semester")
    case .month: return yearFault ?? monthFault ?? unwanted([semester, day], "a month")
    case .day:
      return yearFault ?? monthFault ?? dayFault ?? unwanted([semester], "a day")
    }
  }

  private var numbers: [Int] { [year, semester, month, day] }

  private var yearFault: String? {
    Day.years.contains(year) ? nil : "the year \(year) is not one of 1 to 9999"
  }

  private var monthFault: String? {
    1...12 ~= month ? nil : "a year has no month \(month)"
  }

  private var dayFault: String? {
    Day(year: year, month: month, day: day) == nil
      ? "month \(month) of \(year) has no day \(day)" : nil
  }

  private func unwanted(_ numbers: [Int], _ what: String) -> String? {
    numbers.allSatisfy { $0 == 0 } ? nil : "\(what) has no further numbers"
  }
}

extension PartialDate: CustomStringConvertible {
  package var description: String {
    switch precision {
    case .day: Day(year: year, month: month, day: day)?.description ?? "no date"
    case .month: Day(year: year, month: month, day: 1).map { String("\($0)".dropLast(3)) } ?? ""
    case .semester: "\(year), semester \(semester)"
    case .year: "\(year)"
    case .toBeConfirmed: "to be confirmed"
    case nil: "no date"
    }
  }
}
