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

  private static let mergedPaths: Set<MemberPath> = [.displayName, .identifiers, .statusSteps]

  /// With what a row says in the place of what was said: its names language by language, its
  /// identifiers scheme by scheme and its steps date by date, because a row that has one does not
  /// deny the others; all else field by field.
  package func merging(_ row: Member) -> Member {
    let whole = row.filledPaths.filter { !Self.mergedPaths.contains($0) }
    var member = taking(whole, from: row)
    member.population = row.population?.merged(into: population) ?? population
    member.statusSteps = statusSteps.merging(row.statusSteps)
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
  package func changedImportPaths(from other: Member) -> [MemberPath] {
    changedPaths(from: other).flatMap { path -> [MemberPath] in
      guard path == .displayName else { return [path] }
      let languages = Set(displayName.values.keys).union(other.displayName.values.keys)
      let changed = languages.filter { displayName.values[$0] != other.displayName.values[$0] }
      let original =
        displayName.originalLanguage == other.displayName.originalLanguage
        ? [] : [MemberPath.displayNameOriginalLanguage]
      return changed.sorted().map { MemberPath.displayNameValue($0) } + original
    }
  }
}

extension Member.Population {
  /// A figure comes with the date and source of its own; the same figure may leave them unsaid.
  fileprivate func merged(into known: Self?) -> Self {
    guard let known, known.inhabitants == inhabitants else { return self }
    return Self(
      inhabitants: inhabitants, date: date ?? known.date,
      source: source.isEmpty ? known.source : source)
  }
}

extension [StatusStep] {
  /// With other steps among them, by their dates; one of a date that is there takes its place.
  fileprivate func merging(_ others: Self) -> Self {
    others.reduce(into: self) { steps, step in
      if let place = steps.firstIndex(where: { $0.date == step.date }) {
        steps[place] = step.merged(into: steps[place])
      } else {
        let day = step.effectiveDay ?? .distantFuture
        let next = steps.firstIndex { $0.effectiveDay.map { $0 > day } ?? false }
        steps.insert(step, at: next ?? steps.endIndex)
      }
    }
  }
}

extension StatusStep {
  /// Who says the same without a reason does not deny the reason.
  fileprivate func merged(into known: Self) -> Self {
    guard known.status == status else { return self }
    return Self(
      status, date, reason: reason.isEmpty ? known.reason : reason,
      document: document.isEmpty ? known.document : document)
  }
}
