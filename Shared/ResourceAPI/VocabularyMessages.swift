package import Messages
package import Vocabulary
package import WellKnown

// Values of the vocabulary and their messages. What is said wrongly is kept as it was said, for the
// domain to find fault with; only a number of an enum that has no name is noted here.

extension LocalizedText {
  package init(_ message: TypeV1.LocalizedText?) {
    self.init(message?.values ?? [:], original: message?.originalLanguage ?? "")
  }

  /// Absent where there is no text.
  package var message: TypeV1.LocalizedText? {
    isEmpty ? nil : TypeV1.LocalizedText(values: values, originalLanguage: originalLanguage)
  }
}

extension TypeV1.ShownText {
  package init(_ text: ShownText) {
    self.init(text: text.text, languageCode: text.language, fallback: text.isFallback)
  }
}

extension PartialDate {
  package init(_ message: TypeV1.PartialDate, _ field: String, _ violations: inout [Violation]) {
    let precision: Precision?
    switch message.precision {
    case .precisionUnspecified: precision = nil
    case .day: precision = .day
    case .month: precision = .month
    case .semester: precision = .semester
    case .year: precision = .year
    case .toBeConfirmed: precision = .toBeConfirmed
    case .unrecognized(let number):
      precision = nil
      violations.append(.unrecognized(number, "\(field).precision"))
    }
    self.init(
      precision, year: Int(message.year), semester: Int(message.semester),
      month: Int(message.month), day: Int(message.day))
  }

  package var message: TypeV1.PartialDate {
    let precision: TypeV1.PartialDate.Precision =
      switch self.precision {
      case nil: .precisionUnspecified
      case .day: .day
      case .month: .month
      case .semester: .semester
      case .year: .year
      case .toBeConfirmed: .toBeConfirmed
      }
    return TypeV1.PartialDate(
      precision: precision, year: Int32(year), semester: Int32(semester), month: Int32(month),
      day: Int32(day))
  }
}

extension Day {
  /// Nil where the message is no day of the calendar; a month or a year alone is none.
  package init?(_ message: GoogleType.Date) {
    self.init(year: Int(message.year), month: Int(message.month), day: Int(message.day))
  }

  /// Absent of days outside the calendar: ever since, until further notice.
  package var message: GoogleType.Date? {
    guard self != .distantPast, self != .distantFuture else { return nil }
    let (year, month, day) = civil
    return GoogleType.Date(year: Int32(year), month: Int32(month), day: Int32(day))
  }
}

extension TypeV1.ValidPeriod {
  package init(_ period: Period) {
    self.init(from: period.from.message, until: period.until.message)
  }
}

extension Coordinates {
  package init(_ message: GoogleType.LatLng) {
    self.init(latitude: message.latitude, longitude: message.longitude)
  }

  package var message: GoogleType.LatLng {
    GoogleType.LatLng(latitude: latitude, longitude: longitude)
  }
}

extension Source {
  package init(_ message: TypeV1.Source) {
    self.init(document: message.document, locator: message.locator)
  }

  package var message: TypeV1.Source { TypeV1.Source(document: document, locator: locator) }
}

extension AccessLevel {
  /// Nil where it was not said.
  package init?(_ message: TypeV1.AccessLevel, _ field: String, _ violations: inout [Violation]) {
    switch message {
    case .accessLevelUnspecified: return nil
    case .public: self = .everyone
    case .members: self = .members
    case .bodyMembers: self = .bodyMembers
    case .leadership: self = .leadership
    case .unrecognized(let number):
      violations.append(.unrecognized(number, field))
      return nil
    }
  }

  package var message: TypeV1.AccessLevel {
    switch self {
    case .everyone: .public
    case .members: .members
    case .bodyMembers: .bodyMembers
    case .leadership: .leadership
    }
  }

  /// As in the contract.
  package var name: String { message.name ?? "" }

  package init?(name: String) {
    guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = level
  }
}

extension Violation {
  package static func unrecognized(_ number: Int32, _ field: String) -> Violation {
    Violation(field, .enumInvalid, "\(number) is none of its values")
  }
}
