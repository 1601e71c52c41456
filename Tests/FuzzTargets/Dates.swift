internal import Protobuf
internal import Vocabulary
internal import WellKnown

/// Days, dates as precise as their source, moments and durations, as texts and as numbers.
enum Dates {
  static func check(_ bytes: [UInt8]) throws(Finding) {
    var input = FuzzInput(bytes)
    try numbers(&input)
    let text = String(decoding: bytes, as: UTF8.self)
    if let day = Day(text) {
      try expect(day.description == text, "\(text) is shown as \(day)")
      try expect(Day.years.contains(day.civil.year), "a day of the year \(day.civil.year)")
    }
    try stable(GoogleProtobuf.Timestamp.self, text)
    try stable(GoogleProtobuf.Duration.self, text)
    try stable(GoogleProtobuf.FieldMask.self, text)
  }

  private static func stable<M: Message>(_: M.Type, _ text: String) throws(Finding) {
    guard let value = try? M(jsonValue: .string(text), .standard) else { return }
    guard let written = try? value.jsonValue(.standard),
      let again = try? M(jsonValue: written, .standard)
    else { throw Finding("\(M.messageName): \(text) is read and cannot be written") }
    try expect(again == value, "\(M.messageName): \(text) became \(written)")
  }

  private static func numbers(_ input: inout FuzzInput) throws(Finding) {
    let precisions: [PartialDate.Precision?] = [
      .day, .month, .semester, .year, .toBeConfirmed, nil,
    ]
    let date = PartialDate(
      precisions[input.choice(6)], year: Int(input.byte()) << 8 | Int(input.byte()),
      semester: input.choice(4), month: input.choice(14), day: input.choice(33))
    if let period = date.period {
      try expect(date.fault == nil && !period.isEmpty, "\(date) has no day")
      try expect(
        period.from.civil.year == date.year && period.contains(period.from), "\(date): \(period)")
    } else {
      try expect(date.fault != nil || date.precision == .toBeConfirmed, "\(date) has no period")
    }
    _ = date.description
    let number = (0..<4).reduce(0) { value, _ in value << 8 | Int(input.byte()) } - 0x8000_0000
    try civil(Day(number: number))
    let moment = GoogleProtobuf.Timestamp(
      seconds: Int64(number) << Int64(input.choice(30)), nanos: Int32(truncatingIfNeeded: number))
    if let json = try? moment.jsonValue(.standard) {
      let again = try? GoogleProtobuf.Timestamp(jsonValue: json, .standard)
      try expect(again == moment, "\(moment) became \(json)")
    }
  }

  private static func civil(_ day: Day) throws(Finding) {
    let (year, month, dayOfMonth) = day.civil
    try expect(1...12 ~= month && 1...31 ~= dayOfMonth, "\(day.number) is \(day.civil)")
    if Day.years.contains(year) {
      try expect(
        Day(year: year, month: month, day: dayOfMonth) == day, "\(day.number) is \(day.civil)")
    }
    _ = day.description
  }
}
