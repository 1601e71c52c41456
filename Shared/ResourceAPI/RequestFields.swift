package import RPC
package import Vocabulary
package import WellKnown

/// The fields of a request that are no resource's: read one after the other, and refused together.
package struct RequestFields {
  package private(set) var violations: [Violation] = []

  package init() {}

  package mutating func note(_ violation: Violation) { violations.append(violation) }

  /// Throws all that was noted.
  package func check() throws(RPCError) {
    guard violations.isEmpty else { throw .invalid(violations) }
  }

  /// The id in `members/bilbao`; nil is noted.
  package mutating func id(_ name: String, in collection: String, _ field: String) -> ResourceID? {
    if name.hasPrefix(collection), let id = ResourceID(name.dropFirst(collection.utf8.count)) {
      return id
    }
    note(
      Violation(
        field, name.isEmpty ? .required : .idInvalid,
        "\"\(name.printable)\" is no name as \(collection)bilbao: lower-case letters, digits and "
          + "hyphens, at most \(ResourceID.maxBytes), a letter first"))
    return nil
  }

  /// The last part of the name of something new; nil, and not noted, where it is left to us.
  package mutating func newID(_ text: String, _ field: String) -> ResourceID? {
    guard !text.isEmpty else { return nil }
    let id = ResourceID(text)
    if id == nil {
      note(
        Violation(
          field, .idInvalid,
          "\"\(text.printable)\" is no id: lower-case letters, digits and hyphens, at most "
            + "\(ResourceID.maxBytes), a letter first and no hyphen last"))
    }
    return id
  }

  package mutating func day(_ date: GoogleType.Date?, _ field: String) -> Day? {
    guard let date else { return nil }
    let day = Day(date)
    if day == nil {
      note(
        Violation(
          field, .dateInvalid,
          "\(date.year)-\(date.month)-\(date.day) is no day of the calendar"))
    }
    return day
  }

  /// What a reader wants: the field, else the `accept-language` of the call, else English.
  package mutating func languages(_ code: String, _ context: CallContext) -> LanguagePreference {
    guard !code.isEmpty else {
      return context.metadata["accept-language"].map { LanguagePreference(acceptLanguage: $0) }
        ?? LanguagePreference([])
    }
    let tag = LanguageTag(code)
    if tag == nil {
      note(
        Violation(
          "language_code", .languageInvalid,
          "\"\(code.printable)\" is no language tag of BCP 47, as en or pt-BR"))
    }
    return LanguagePreference(tag.map { [$0] } ?? [])
  }

  /// How many a page may have: 0 leaves it to us, more than the most is the most (AIP-158).
  package mutating func pageSize(_ size: Int32, standard: Int = 50, most: Int = 1_000) -> Int {
    if size < 0 {
      note(Violation("page_size", .numberInvalid, "\(size) is negative"))
    }
    return size <= 0 ? standard : min(Int(size), most)
  }
}
