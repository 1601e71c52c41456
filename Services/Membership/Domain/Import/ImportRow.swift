package import Vocabulary

/// A row of an import: what a caller says of one member.
package struct ImportRow: Hashable, Sendable {
  /// The caller's own number for it.
  package let number: Int64
  /// The member that it names; nil where it names none.
  package let id: ResourceID?
  /// The version that it wants to change; empty: whichever there is.
  package let etag: String
  package let member: Member
  /// What its message said that no member can hold.
  package let noted: [Violation]
  /// Its names in all languages, as a search would read them.
  package let names: Set<String>

  package init(
    _ number: Int64, id: ResourceID? = nil, etag: String = "", _ member: Member,
    noted: [Violation] = []
  ) {
    self.number = number
    self.id = id
    self.etag = etag
    var said = member.normalized
    // Whoever does not say who may read it leaves that as it is.
    said.accessLevel = member.accessLevel
    self.member = said
    self.noted = noted
    names = self.member.foldedNames
  }
}

extension Member {
  /// Its names in all languages without case and accents.
  package var foldedNames: Set<String> {
    Set(displayName.values.values.lazy.map { FoldedText($0).joined }.filter { !$0.isEmpty })
  }

  /// With what a row says in the place of what was said: its names language by language and its
  /// identifiers scheme by scheme, because a row that has one does not deny the others; all else
  /// field by field.
  package func merging(_ row: Member) -> Member {
    let whole = row.filledPaths.filter { $0 != .displayName && $0 != .identifiers }
    var member = taking(whole, from: row)
    member.displayName.values.merge(row.displayName.values) { $1 }
    if !row.displayName.originalLanguage.isEmpty {
      member.displayName.originalLanguage = row.displayName.originalLanguage
    }
    for identifier in row.identifiers {
      let known = member.identifiers.firstIndex { $0.scheme == identifier.scheme }
      if let known {
        member.identifiers[known] = identifier
      } else {
        member.identifiers.append(identifier)
      }
    }
    return member
  }

  /// The paths in which two differ, with each language of the name for itself.
  package func changedImportPaths(from other: Member) -> [String] {
    changedPaths(from: other).flatMap { path -> [String] in
      guard path == .displayName else { return [path.description] }
      let languages = Set(displayName.values.keys).union(other.displayName.values.keys)
      let changed = languages.filter { displayName.values[$0] != other.displayName.values[$0] }
      let original =
        displayName.originalLanguage == other.displayName.originalLanguage
        ? [] : [MemberPath.displayNameOriginalLanguage.description]
      return changed.sorted().map { MemberPath.displayNameValue($0).description } + original
    }
  }
}
