/// One thing that is wrong with a request: where, and what, for programs and for people.
package struct Violation: Hashable, Sendable {
  /// Stable names that a program can switch on.
  package enum Reason: String, Hashable, Sendable, CaseIterable {
    case required = "REQUIRED"
    case idInvalid = "ID_INVALID"
    case enumInvalid = "ENUM_INVALID"
    case languageInvalid = "LANGUAGE_INVALID"
    case textTooLong = "TEXT_TOO_LONG"
    case characterNotAllowed = "CHARACTER_NOT_ALLOWED"
    case tooMany = "TOO_MANY"
    case countryUnknown = "COUNTRY_UNKNOWN"
    case numberInvalid = "NUMBER_INVALID"
    case dateInvalid = "DATE_INVALID"
    case identifierInvalid = "IDENTIFIER_INVALID"
    case duplicate = "DUPLICATE"
    case stepsOverlap = "STEPS_OVERLAP"
    case stepsOutOfOrder = "STEPS_OUT_OF_ORDER"
    case transitionNotAllowed = "TRANSITION_NOT_ALLOWED"
    case sectionUnknown = "SECTION_UNKNOWN"
    case pathUnknown = "PATH_UNKNOWN"
  }

  /// A path of fields, `population.inhabitants`, `status_steps[1].date`.
  package var field: String
  package let reason: Reason
  package let description: String

  package init(_ field: String, _ reason: Reason, _ description: String) {
    self.field = field
    self.reason = reason
    self.description = description
  }

  /// The same inside of another field.
  package func inside(_ outer: String) -> Violation {
    Violation(field.isEmpty ? outer : "\(outer).\(field)", reason, description)
  }
}
