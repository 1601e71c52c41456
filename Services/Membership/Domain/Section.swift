package import Vocabulary

/// A section of the organization: an own legal entity for a part of the world or a kind of member.
package struct Section: Hashable, Sendable {
  package enum Kind: Int, Hashable, Sendable, CaseIterable {
    case regional = 1
    case metropolitan, regions
  }

  /// Nil where it was not said.
  package var kind: Kind?
  package var displayName: LocalizedText
  package var sources: [Source]

  package init(
    kind: Kind? = nil, displayName: LocalizedText = LocalizedText(), sources: [Source] = []
  ) {
    self.kind = kind
    self.displayName = displayName
    self.sources = sources
  }

  package static let namePrefix = "sections/"

  /// All that is wrong with it, with paths of its fields, behind what was noted before.
  package func violations(noted: [Violation]) -> [Violation] {
    noted + violations.filter { violation in !noted.contains { $0.field == violation.field } }
  }

  private var violations: [Violation] {
    var found: [Violation] = []
    if kind == nil { found.append(Violation("kind", .required, "a section has a kind")) }
    if displayName.values.isEmpty {
      found.append(
        Violation("display_name", .required, "a section has a name in one language at least"))
    }
    found += displayName.violations("display_name", maxBytes: Member.maxNameBytes)
    if sources.count > Member.maxListed {
      found.append(Violation("sources", .tooMany, "at most \(Member.maxListed) sources"))
    } else {
      found += sources.enumerated().flatMap { $1.violations("sources[\($0)]") }
    }
    return found
  }

  package var normalized: Section {
    var section = self
    section.displayName = displayName.normalized
    return section
  }
}
