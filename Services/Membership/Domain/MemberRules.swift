package import Vocabulary

extension Member {
  package static let maxNameBytes = 500
  package static let maxSourceBytes = 500
  package static let maxListed = 50

  /// More text than that is no record of a member, and would not fit into lists and feeds.
  package static let maxBytes = 200_000

  /// All that is wrong with a normalized member, with paths of its fields, behind what was noted
  /// before: a field that is at fault already is not blamed again. `sections` are the names of
  /// those that exist.
  package func violations(noted: [Violation] = [], sections: Set<String>) -> [Violation] {
    let found =
      kindViolations + nameViolations + countryViolations + sectionViolations(sections)
      + (population?.violations("population") ?? [])
      + (location?.violations("location") ?? [])
      + languageViolations + identifierViolations
      + statusSteps.violations("status_steps") + sourceViolations + sizeViolations
    return noted + found.filter { violation in !noted.contains { $0.field == violation.field } }
  }

  private var sizeViolations: [Violation] {
    let texts =
      [displayName.byteCount] + statusSteps.map { $0.reason.byteCount + $0.document.utf8.count }
      + sources.map { $0.document.utf8.count + $0.locator.utf8.count }
    let bytes = texts.reduce(0, +)
    guard bytes > Self.maxBytes else { return [] }
    return [
      Violation("", .textTooLong, "its texts have \(bytes) bytes; at most \(Self.maxBytes) may be")
    ]
  }

  private var kindViolations: [Violation] {
    kind == nil ? [Violation("kind", .required, "a member has a kind")] : []
  }

  private var nameViolations: [Violation] {
    guard !displayName.values.isEmpty else {
      return [Violation("display_name", .required, "a member has a name in one language at least")]
    }
    return displayName.violations("display_name", maxBytes: Self.maxNameBytes)
  }

  private var countryViolations: [Violation] {
    guard !countryCode.isEmpty else {
      switch kind {
      case .internationalOrganization, .associate, nil: return []
      case .city, .region, .nationalAssociation, .honorary:
        return [Violation("country_code", .required, "a member of this kind has a country")]
      }
    }
    guard CountryCode(countryCode) == nil else { return [] }
    return [
      Violation(
        "country_code", .countryUnknown,
        "\"\(countryCode.printable)\" is no country of ISO 3166-1, as ES")
    ]
  }

  private func sectionViolations(_ sections: Set<String>) -> [Violation] {
    guard !section.isEmpty, !sections.contains(section) else { return [] }
    return [
      Violation(
        "section", .sectionUnknown,
        "there is no section \"\(section.printable)\", as sections/europe")
    ]
  }

  private var languageViolations: [Violation] {
    guard languages.count <= Self.maxListed else {
      return [Violation("languages", .tooMany, "at most \(Self.maxListed) languages")]
    }
    return languages.enumerated().flatMap { index, language -> [Violation] in
      if LanguageTag(language) == nil {
        return [
          Violation(
            "languages[\(index)]", .languageInvalid,
            "\"\(language.printable)\" is no language tag of BCP 47, as en or pt-BR")
        ]
      }
      return languages[..<index].contains(language)
        ? [Violation("languages[\(index)]", .duplicate, "\(language) stands twice")] : []
    }
  }

  private var identifierViolations: [Violation] {
    guard identifiers.count <= Self.maxListed else {
      return [Violation("identifiers", .tooMany, "at most \(Self.maxListed) identifiers")]
    }
    let country = CountryCode(countryCode) == nil ? "" : countryCode
    return identifiers.enumerated().flatMap { index, identifier in
      let field = "identifiers[\(index)]"
      let first = identifiers.firstIndex { $0.scheme == identifier.scheme } ?? index
      guard let scheme = identifier.scheme, first < index else {
        return identifier.violations(field, country: country)
      }
      return [
        Violation(
          "\(field).scheme", .duplicate,
          "\(scheme.name) stands in identifiers[\(first)] already, and a member has one of a scheme"
        )
      ] + identifier.violations(field, country: country)
    }
  }

  private var sourceViolations: [Violation] {
    guard sources.count <= Self.maxListed else {
      return [Violation("sources", .tooMany, "at most \(Self.maxListed) sources")]
    }
    return sources.enumerated().flatMap { $1.violations("sources[\($0)]") }
  }
}

extension Member.Population {
  /// More people than there will be: a slip of the keyboard.
  package static let maxInhabitants: Int64 = 20_000_000_000

  fileprivate func violations(_ field: String) -> [Violation] {
    var found: [Violation] = []
    if !(0...Self.maxInhabitants).contains(inhabitants) {
      found.append(
        Violation(
          "\(field).inhabitants", .numberInvalid,
          "\(inhabitants) is no number of inhabitants (0 to \(Self.maxInhabitants))"))
    }
    if let fault = date?.fault {
      found.append(Violation("\(field).date", .dateInvalid, fault))
    }
    return found
      + TextRule(maxBytes: Member.maxSourceBytes, mayBeBlank: true)
      .violations("\(field).source", source)
  }
}
