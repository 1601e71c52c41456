import Protobuf

/// Why a field of a file is no value of its column.
struct FieldFault: Error, Equatable {
  let reason: String

  init(_ reason: String) { self.reason = reason }

  static func noWord<Enum: OpenEnum>(_ text: String, of _: Enum.Type) -> FieldFault {
    FieldFault("\"\(text)\" is none of \(Enum.words.joined(separator: ", "))")
  }

  static func noDate(_ text: String) -> FieldFault {
    FieldFault("\"\(text)\" is no date such as 2019-06-30, 2019-06, 2019-S1 or 2019")
  }

  static func noLanguageText(_ text: String) -> FieldFault {
    FieldFault("\"\(text)\" is no text in a language such as es=Bilbao")
  }
}
