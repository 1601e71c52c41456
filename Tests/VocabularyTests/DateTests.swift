import Testing
import Vocabulary

@Suite struct DateTests {
  @Test(
    "A day has a number, and the number its day",
    arguments: [
      (1970, 1, 1, 0), (1969, 12, 31, -1), (2000, 2, 29, 11_016), (2024, 12, 31, 20_088),
      (1, 1, 1, -719_162), (9999, 12, 31, 2_932_896), (1900, 3, 1, -25_508),
    ])
  func numbers(year: Int, month: Int, day: Int, number: Int) throws {
    let value = try #require(Day(year: year, month: month, day: day))
    #expect(value.number == number)
    #expect(value.civil == (year, month, day))
    #expect(Day(value.description) == value)
  }

  @Test(
    "What is no day is refused",
    arguments: [
      (2021, 2, 29), (1900, 2, 29), (2020, 4, 31), (2020, 13, 1), (2020, 0, 1), (0, 1, 1),
      (10_000, 1, 1), (2020, 1, 0),
    ])
  func impossible(year: Int, month: Int, day: Int) {
    #expect(Day(year: year, month: month, day: day) == nil)
  }

  @Test(
    "A day is written one way",
    arguments: [
      "2020-4-30", "2020-04-31", "20200430", "", "2020-04-30 ", "+020-04-30", "२०२०-०४-३०",
    ])
  func notDays(text: String) { #expect(Day(text) == nil) }

  @Test("Every day of four centuries comes back")
  func everyDay() {
    for number in -200_000..<(-200_000 + 146_097) {
      let (year, month, day) = Day(number: number).civil
      guard Day(year: year, month: month, day: day)?.number == number else {
        Issue.record("day \(number) became \(year)-\(month)-\(day)")
        return
      }
    }
  }

  @Test(
    "A partial date means the days of its precision",
    arguments: [
      (PartialDate(.day, year: 2020, month: 4, day: 30), "2020-04-30..2020-05-01"),
      (PartialDate(.month, year: 2020, month: 2), "2020-02-01..2020-03-01"),
      (PartialDate(.month, year: 2020, month: 12), "2020-12-01..2021-01-01"),
      (PartialDate(.semester, year: 2020, semester: 1), "2020-01-01..2020-07-01"),
      (PartialDate(.semester, year: 2020, semester: 2), "2020-07-01..2021-01-01"),
      (PartialDate(.year, year: 2020), "2020-01-01..2021-01-01"),
    ])
  func periods(date: PartialDate, period: String) {
    #expect(date.fault == nil)
    #expect(date.period?.description == period)
  }

  @Test("A date to be confirmed is one, and has no days")
  func toBeConfirmed() {
    #expect(PartialDate(.toBeConfirmed).fault == nil)
    #expect(PartialDate(.toBeConfirmed).period == nil)
  }

  @Test(
    "An impossible date says what is wrong with it",
    arguments: [
      (PartialDate(.day, year: 2020, month: 4, day: 31), "month 4 of 2020 has no day 31"),
      (PartialDate(.day, year: 2021, month: 2, day: 29), "month 2 of 2021 has no day 29"),
      (PartialDate(.semester, year: 2020, semester: 3), "a year has no semester 3"),
      (PartialDate(.month, year: 2020, month: 13), "a year has no month 13"),
      (PartialDate(.year, year: 0), "the year 0 is not one of 1 to 9999"),
      (PartialDate(.year, year: 2020, month: 5), "a year has no further numbers"),
      (PartialDate(.toBeConfirmed, year: 2020), "a date to be confirmed has no numbers"),
      (PartialDate(nil, year: 2020), "the precision of the date is missing"),
    ])
  func faults(date: PartialDate, fault: String) {
    #expect(date.fault == fault)
    #expect(date.period == nil)
  }
}
