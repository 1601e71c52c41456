import ArgumentParser
import Messages
import Protobuf
import WellKnown

/// A length of time as people write it: `500ms`, `30s`, `5m`, `12h`, `30d`.
struct TimeSpan: ExpressibleByArgument, Sendable {
  let duration: Duration

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int64(digits), number > 0, number <= 1_000_000_000 else { return nil }
    switch argument.dropFirst(digits.count) {
    case "ms": duration = .milliseconds(number)
    case "s": duration = .seconds(number)
    case "m": duration = .seconds(number * 60)
    case "h": duration = .seconds(number * 3600)
    case "d": duration = .seconds(number * 86_400)
    default: return nil
    }
  }
}

/// A day of valid time. Of a time the day in UTC counts.
struct ValidDate: ExpressibleByArgument, Sendable {
  let date: GoogleType.Date

  init?(argument: String) {
    guard let time = GoogleProtobuf.Timestamp(argument: argument),
      case .string(let text)? = try? time.jsonValue(.standard)
    else { return nil }
    let parts = text.prefix(10).split(separator: "-").compactMap { Int32($0) }
    guard parts.count == 3 else { return nil }
    date = GoogleType.Date(year: parts[0], month: parts[1], day: parts[2])
  }
}

/// A moment of recorded time. A date alone means its end.
struct RecordedTime: ExpressibleByArgument, Sendable {
  let time: GoogleProtobuf.Timestamp

  init?(argument: String) {
    guard var time = GoogleProtobuf.Timestamp(argument: argument) else { return nil }
    if argument.utf8.count == GoogleProtobuf.Timestamp.dateLength {
      time.seconds += 86_399
      time.nanos = 999_999_999
    }
    self.time = time
  }
}

extension GoogleProtobuf.Timestamp {
  fileprivate static let dateLength = 10

  /// A date means its beginning, in UTC.
  fileprivate init?(argument: String) {
    let isDate = argument.utf8.count == Self.dateLength
    let text = isDate ? argument + "T00:00:00Z" : argument
    guard let time = try? Self(jsonValue: .string(text), .standard) else { return nil }
    self = time
  }
}

extension GlobalOptions {
  /// The point on both clocks that was asked about; nil for now.
  var point: TypeV1.AsOf? {
    guard asOf != nil || recordedAsOf != nil else { return nil }
    return TypeV1.AsOf(validDate: asOf?.date, recordedTime: recordedAsOf?.time)
  }
}
