package import Vocabulary

/// Why the register does not do what it is asked.
package enum MembershipError: Error, Hashable, Sendable {
  /// What is wrong in a field of the request, `member`.
  case invalid(String, [Violation])
  /// By name, or by what else it was asked for: `members/bilbao`, `WIKIDATA Q8692`.
  case memberNotFound(String)
  case memberExists(ResourceID, isDeleted: Bool)
  case memberDeleted(ResourceID)
  case memberNotDeleted(ResourceID)
  case etagMismatch(ResourceID, given: String, current: String)
  case identifierTaken(Identifier, by: ResourceID)
  case periodNotCovered(ResourceID, Period)
  case sectionNotFound(String)
  case sectionExists(ResourceID)
  case filterInvalid(FilterError)
  case filterNotSupported([String], allowed: [String])
  case orderNotSupported(String, allowed: [String])
  case pageTokenInvalid
  case pageTokenMismatch
  case recordedTimeInFuture
}
