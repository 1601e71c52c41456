import Vocabulary

/// A part of a member that can be changed for itself, as a field mask names it.
package enum MemberPath: Hashable, Sendable {
  case kind, countryCode, section, level, languages, identifiers, statusSteps, accessLevel, sources
  case displayName, displayNameValues, displayNameOriginalLanguage
  /// The name in one language: `display_name.values.es`.
  case displayNameValue(String)
  case population, populationInhabitants, populationDate, populationSource
  case location, locationLatitude, locationLongitude

  /// The fields, in the order of the contract; the others are parts of them.
  package static let fields: [MemberPath] = [
    .kind, .displayName, .countryCode, .section, .level, .population, .location, .languages,
    .identifiers, .statusSteps, .accessLevel, .sources,
  ]

  /// All that have a name of their own.
  package static let named: [MemberPath] =
    fields + [
      .displayNameValues, .displayNameOriginalLanguage, .populationInhabitants, .populationDate,
      .populationSource, .locationLatitude, .locationLongitude,
    ]

  /// Fields that only the server fills: a mask may name them, to no effect (AIP-203).
  package static let outputOnly: Set<String> = [
    "name", "uid", "etag", "shown_name", "status", "create_time", "update_time", "delete_time",
    "valid_period",
  ]

  /// Nil for no path that can be changed.
  package init?(_ text: String) {
    if let path = Self.named.first(where: { $0.description == text }) {
      self = path
      return
    }
    // AIP-161 puts a key that is no identifier between back-ticks.
    guard text.hasPrefix(Self.valuePrefix) else { return nil }
    let key = text.dropFirst(Self.valuePrefix.count)
    let isQuoted = key.count > 2 && key.hasPrefix("`") && key.hasSuffix("`")
    guard let tag = LanguageTag(isQuoted ? key.dropFirst().dropLast() : key) else { return nil }
    self = .displayNameValue(tag.description)
  }

  private static let valuePrefix = "display_name.values."
}

extension MemberPath: CustomStringConvertible {
  package var description: String {
    switch self {
    case .kind: "kind"
    case .displayName: "display_name"
    case .displayNameValues: "display_name.values"
    case .displayNameOriginalLanguage: "display_name.original_language"
    case .displayNameValue(let language): Self.valuePrefix + language
    case .countryCode: "country_code"
    case .section: "section"
    case .level: "level"
    case .population: "population"
    case .populationInhabitants: "population.inhabitants"
    case .populationDate: "population.date"
    case .populationSource: "population.source"
    case .location: "location"
    case .locationLatitude: "location.latitude"
    case .locationLongitude: "location.longitude"
    case .languages: "languages"
    case .identifiers: "identifiers"
    case .statusSteps: "status_steps"
    case .accessLevel: "access_level"
    case .sources: "sources"
    }
  }
}

extension Member {
  /// Takes over what a path names, whether it is filled there or not.
  package mutating func take(_ path: MemberPath, from other: Member) {
    switch path {
    case .kind: kind = other.kind
    case .displayName: displayName = other.displayName
    case .displayNameValues: displayName.values = other.displayName.values
    case .displayNameValue(let language):
      displayName.values[language] = other.displayName.values[language]
    case .displayNameOriginalLanguage:
      displayName.originalLanguage = other.displayName.originalLanguage
    case .countryCode: countryCode = other.countryCode
    case .section: section = other.section
    case .level: level = other.level
    case .population, .populationInhabitants, .populationDate, .populationSource:
      takePopulation(path, from: other.population)
    case .location, .locationLatitude, .locationLongitude:
      takeLocation(path, from: other.location)
    case .languages: languages = other.languages
    case .identifiers: identifiers = other.identifiers
    case .statusSteps: statusSteps = other.statusSteps
    case .accessLevel: accessLevel = other.accessLevel
    case .sources: sources = other.sources
    }
  }

  private mutating func takePopulation(_ path: MemberPath, from other: Population?) {
    guard path != .population else {
      population = other
      return
    }
    guard population != nil || other != nil else { return }
    var changed = population ?? Population()
    switch path {
    case .populationInhabitants: changed.inhabitants = other?.inhabitants ?? 0
    case .populationDate: changed.date = other?.date
    default: changed.source = other?.source ?? ""
    }
    population = changed
  }

  private mutating func takeLocation(_ path: MemberPath, from other: Coordinates?) {
    guard path != .location else {
      location = other
      return
    }
    guard location != nil || other != nil else { return }
    var changed = location ?? Coordinates(latitude: 0, longitude: 0)
    if path == .locationLatitude {
      changed.latitude = other?.latitude ?? 0
    } else {
      changed.longitude = other?.longitude ?? 0
    }
    location = changed
  }

  /// The same with what the paths name taken from another.
  package func taking(_ paths: [MemberPath], from other: Member) -> Member {
    var member = self
    for path in paths { member.take(path, from: other) }
    return member
  }

  /// The fields in which two differ, in the order of the contract.
  package func changedPaths(from other: Member) -> [MemberPath] {
    MemberPath.fields.filter { other.taking([$0], from: self) != other }
  }

  /// The fields that say something: what an update without a mask changes.
  package var filledPaths: [MemberPath] { changedPaths(from: Member()) }
}
