package import Vocabulary

/// What becomes of one row of an import.
package struct ImportDecision: Hashable, Sendable {
  package enum Action: Int, Hashable, Sendable, CaseIterable {
    case create = 1
    case update, noOp, conflict, probableDuplicate, invalid
  }

  /// What is wrong, and in which field of the row.
  package struct Problem: Hashable, Sendable {
    package let field: String
    package let description: String

    package init(_ field: String, _ description: String) {
      self.field = field
      self.description = description
    }
  }

  /// What is told of one row; the last then says how many more there are.
  package static let maxProblems = 50

  package let action: Action
  /// The member that the row is of, or is like; nil of a new one.
  package let member: ResourceID?
  /// With `update`: what changes.
  package let change: ImportChange?
  package let problems: [Problem]

  package init(
    _ action: Action, _ member: ResourceID? = nil, changing change: ImportChange? = nil,
    because problems: [Problem] = []
  ) {
    self.action = action
    self.member = member
    self.change = change
    let more = problems.count - Self.maxProblems
    self.problems =
      more <= 0
      ? problems
      : problems.prefix(Self.maxProblems) + [Problem("", "and \(more) problems more")]
  }

  /// Whether the row may make a new member.
  package var makesMember: Bool { action == .create || action == .probableDuplicate }
}

/// What no two rows of an import may share, and what makes them look alike.
package enum ImportKey: Hashable, Sendable {
  case member(ResourceID)
  case identifier(Identifier)
  /// A folded name, in a country.
  case name(String, country: String)
}

extension ImportKey: CustomStringConvertible {
  package var description: String {
    switch self {
    case .member(let id): "member \(id)"
    case .identifier(let identifier): "identifier \(identifier.description)"
    case .name(let name, let country): "name \(country.printable) \(name)"
    }
  }
}

extension Identifier: CustomStringConvertible {
  /// `WIKIDATA Q8692`.
  package var description: String { "\(scheme?.name ?? "SCHEME_UNSPECIFIED") \(value.printable)" }
}

/// A row that came before, as those behind it see it.
package struct EarlierRow: Hashable, Sendable {
  package let number: Int64
  /// The member that it is of, or would make.
  package let member: ResourceID

  package init(_ number: Int64, of member: ResourceID) {
    self.number = number
    self.member = member
  }
}

/// A member, or an earlier row, that bears the name of a row in the same country.
package struct Namesake: Hashable, Sendable {
  package let member: ResourceID
  /// The row that would make it; nil of a member that is there.
  package let row: Int64?
  package let location: Coordinates?
  package let identifiers: [Identifier]

  package init(
    _ member: ResourceID, row: Int64? = nil, location: Coordinates?, identifiers: [Identifier]
  ) {
    self.member = member
    self.row = row
    self.location = location
    self.identifiers = identifiers
  }

  /// Members of one name further apart than that are two.
  package static let nearKilometres = 25.0

  /// Why a row may be of this member; nil where it cannot be. An open register that gives both a
  /// number of their own knows that they are two: Kansas City is one in Missouri and one in Kansas.
  func likeness(to row: Member) -> String? {
    let apart = row.identifiers.contains { identifier in
      identifiers.contains { $0.scheme == identifier.scheme && $0 != identifier }
    }
    guard !apart else { return nil }
    guard let location, let place = row.location else { return "one of them has no coordinates" }
    let distance = place.kilometres(to: location)
    guard distance <= Self.nearKilometres else { return nil }
    return distance < 1 ? "less than 1 km away" : "\(Int(distance)) km away"
  }
}
