package import Vocabulary

/// A government, association or organization, as the register describes it for some days.
///
/// It holds what was said; `violations` tells what of it breaks a rule.
package struct Member: Hashable, Sendable {
  /// What it is in the organization.
  package enum Kind: Int, Hashable, Sendable, CaseIterable {
    case city = 1
    case region, nationalAssociation, internationalOrganization, associate, honorary
  }

  /// The tier of government.
  package enum Level: Int, Hashable, Sendable, CaseIterable {
    case municipal = 1
    case metropolitan, intermediate, regional
  }

  package struct Population: Hashable, Sendable {
    package var inhabitants: Int64
    package var date: PartialDate?
    package var source: String

    package init(inhabitants: Int64 = 0, date: PartialDate? = nil, source: String = "") {
      self.inhabitants = inhabitants
      self.date = date
      self.source = source
    }
  }

  /// Nil where it was not said.
  package var kind: Kind?
  package var displayName: LocalizedText
  package var countryCode: String
  /// The name of a section, `sections/europe`; empty for none.
  package var section: String
  package var level: Level?
  package var population: Population?
  package var location: Coordinates?
  package var languages: [String]
  package var identifiers: [Identifier]
  package var statusSteps: [StatusStep]
  /// Nil where it was not said; that is everyone.
  package var accessLevel: AccessLevel?
  package var sources: [Source]

  package init(
    kind: Kind? = nil, displayName: LocalizedText = LocalizedText(), countryCode: String = "",
    section: String = "", level: Level? = nil, population: Population? = nil,
    location: Coordinates? = nil, languages: [String] = [], identifiers: [Identifier] = [],
    statusSteps: [StatusStep] = [], accessLevel: AccessLevel? = nil, sources: [Source] = []
  ) {
    self.kind = kind
    self.displayName = displayName
    self.countryCode = countryCode
    self.section = section
    self.level = level
    self.population = population
    self.location = location
    self.languages = languages
    self.identifiers = identifiers
    self.statusSteps = statusSteps
    self.accessLevel = accessLevel
    self.sources = sources
  }

  /// Who may read it.
  package var readers: AccessLevel { accessLevel ?? .everyone }

  /// With languages and codes as it is customary to write them, and with who may read it: what is
  /// kept and compared.
  package var normalized: Member {
    var member = self
    member.accessLevel = readers
    member.displayName = displayName.normalized
    member.languages = languages.map { LanguageTag($0)?.description ?? $0 }
    member.identifiers = identifiers.map(\.normalized)
    for index in statusSteps.indices {
      member.statusSteps[index].reason = statusSteps[index].reason.normalized
    }
    return member
  }
}
