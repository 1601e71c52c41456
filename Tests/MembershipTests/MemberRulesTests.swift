import MembershipDomain
import Testing
import Vocabulary

/// What a member may not be, each with the field and the reason; and all at once.
@Suite struct MemberRulesTests {
  typealias Edit = @Sendable (inout Member) -> Void

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let edit: Edit
    /// `field REASON`, in order.
    let violations: [String]

    init(_ name: String, _ violations: String..., edit: @escaping Edit) {
      testDescription = name
      self.edit = edit
      self.violations = violations
    }
  }

  static let good = Member(
    kind: .city, displayName: LocalizedText(["es": "Bilbao", "eu": "Bilbo"], original: "eu"),
    countryCode: "ES", section: "sections/europe", level: .municipal,
    population: .init(
      inhabitants: 346_843, date: PartialDate(.year, year: 2021), source: "Eustat"),
    location: Coordinates(latitude: 43.26, longitude: -2.93), languages: ["es", "eu"],
    identifiers: [
      Identifier(.wikidata, "Q8692"), Identifier(.geonames, "3128026"),
      Identifier(.iso3166Part2, "ES-BI"), Identifier(.unlocode, "ESBIO"),
    ],
    statusSteps: [
      StatusStep(.applicant, PartialDate(.year, year: 2003)),
      StatusStep(.active, PartialDate(.month, year: 2004, month: 5)),
    ],
    sources: [Source(document: "work plan 2022", locator: "§2.1.1")])

  static let sections: Set = ["sections/europe"]

  @Test("A member that keeps all rules has no violations")
  func good() { #expect(Self.good.violations(sections: Self.sections) == []) }

  static let cases: [Case] = [
    Case("no kind", "kind REQUIRED") { $0.kind = nil },
    Case("no name", "display_name REQUIRED") { $0.displayName = LocalizedText() },
    Case("a blank name", "display_name.values.es REQUIRED") {
      $0.displayName.values["es"] = " \u{3000}"
    },
    Case("NUL in a name", "display_name.values.es CHARACTER_NOT_ALLOWED") {
      $0.displayName.values["es"] = "Bil\u{0}bao"
    },
    Case("a name of 501 bytes", "display_name.values.es TEXT_TOO_LONG") {
      $0.displayName.values["es"] = String(repeating: "a", count: 501)
    },
    Case("a language that is none", "display_name.values.e LANGUAGE_INVALID") {
      $0.displayName.values["e"] = "Bilbao"
    },
    Case("an original language without text", "display_name.original_language LANGUAGE_INVALID") {
      $0.displayName.originalLanguage = "fr"
    },
    Case("no country", "country_code REQUIRED") { $0.countryCode = "" },
    Case("an unknown country", "country_code COUNTRY_UNKNOWN") { $0.countryCode = "ZZ" },
    Case("a country in small letters", "country_code COUNTRY_UNKNOWN") { $0.countryCode = "es" },
    Case("an unknown section", "section SECTION_UNKNOWN") { $0.section = "sections/atlantis" },
    Case("a section by its id", "section SECTION_UNKNOWN") { $0.section = "europe" },
    Case("negative population", "population.inhabitants NUMBER_INVALID") {
      $0.population?.inhabitants = -1
    },
    Case("more people than there are", "population.inhabitants NUMBER_INVALID") {
      $0.population?.inhabitants = .max
    },
    Case("a census on 31 April", "population.date DATE_INVALID") {
      $0.population?.date = PartialDate(.day, year: 2021, month: 4, day: 31)
    },
    Case("a census in a third semester", "population.date DATE_INVALID") {
      $0.population?.date = PartialDate(.semester, year: 2021, semester: 3)
    },
    Case("beyond the pole", "location.latitude NUMBER_INVALID") { $0.location?.latitude = 90.01 },
    Case("no number of degrees", "location.longitude NUMBER_INVALID") {
      $0.location?.longitude = .nan
    },
    Case("a language twice", "languages[2] DUPLICATE") { $0.languages.append("es") },
    Case("a working language that is none", "languages[2] LANGUAGE_INVALID") {
      $0.languages.append("spanish_")
    },
    Case("two of one scheme", "identifiers[4].scheme DUPLICATE") {
      $0.identifiers.append(Identifier(.wikidata, "Q1"))
    },
    Case("an identifier without scheme", "identifiers[0].scheme REQUIRED") {
      $0.identifiers[0].scheme = nil
    },
    Case("a code of another country", "identifiers[2].value IDENTIFIER_INVALID") {
      $0.identifiers[2].value = "FR-75"
    },
    Case("a place of another country", "identifiers[3].value IDENTIFIER_INVALID") {
      $0.identifiers[3].value = "FRPAR"
    },
    Case(
      "a step without status or date", "status_steps[0].status REQUIRED",
      "status_steps[0].date REQUIRED"
    ) { $0.statusSteps[0] = StatusStep(nil, nil) },
    Case("a step on an impossible day", "status_steps[0].date DATE_INVALID") {
      $0.statusSteps[0].date = PartialDate(.day, year: 2001, month: 2, day: 29)
    },
    Case("a step whose date is not known", "status_steps[1].date DATE_INVALID") {
      $0.statusSteps[1].date = PartialDate(.toBeConfirmed)
    },
    Case("overlapping steps", "status_steps[1].date STEPS_OVERLAP") {
      $0.statusSteps[1].date = PartialDate(.month, year: 2003, month: 5)
    },
    Case(
      "two steps on a day", "status_steps[2].date STEPS_OVERLAP",
      "status_steps[2].status TRANSITION_NOT_ALLOWED"
    ) {
      $0.statusSteps.append($0.statusSteps[1])
    },
    Case("steps out of order", "status_steps[1].date STEPS_OUT_OF_ORDER") {
      $0.statusSteps[1].date = PartialDate(.year, year: 1999)
    },
    Case("a suspension without reason", "status_steps[2].reason REQUIRED") {
      $0.statusSteps.append(StatusStep(.suspended, PartialDate(.year, year: 2010)))
    },
    Case("rejected after active", "status_steps[2].status TRANSITION_NOT_ALLOWED") {
      let reason = LocalizedText(["en": "no"])
      $0.statusSteps.append(
        StatusStep(.rejected, PartialDate(.year, year: 2010), reason: reason))
    },
    Case("a source without document", "sources[0].document REQUIRED") {
      $0.sources[0].document = ""
    },
    Case("more text than a record may have", " TEXT_TOO_LONG") { member in
      let reason = LocalizedText(["en": String(repeating: "x", count: 2_000)])
      for year in 2005..<2105 {
        member.statusSteps.append(
          StatusStep(
            year % 2 == 1 ? .suspended : .active, PartialDate(.year, year: year),
            reason: reason))
      }
      member.statusSteps.removeLast(2)
      for index in 0..<2 { member.statusSteps[index].reason = reason }
      member.sources.append(Source(document: String(repeating: "y", count: 500)))
    },
    Case(
      "all at once", "kind REQUIRED", "country_code COUNTRY_UNKNOWN",
      "population.inhabitants NUMBER_INVALID", "status_steps[1].date STEPS_OVERLAP"
    ) {
      $0.kind = nil
      $0.countryCode = "XX"
      $0.population?.inhabitants = -5
      $0.statusSteps[1].date = PartialDate(.year, year: 2003)
    },
  ]

  @Test("A member is refused with every field and why", arguments: cases)
  func violations(test: Case) {
    var member = Self.good
    test.edit(&member)
    let found = member.normalized.violations(sections: Self.sections)
    #expect(found.map { "\($0.field) \($0.reason.rawValue)" } == test.violations, "\(found)")
  }

  @Test("Overlapping steps are named both, with their dates")
  func overlapNamesBoth() {
    var member = Self.good
    member.statusSteps = [
      StatusStep(.applicant, PartialDate(.year, year: 2020)),
      StatusStep(.active, PartialDate(.month, year: 2020, month: 5)),
    ]
    let found = member.violations(sections: Self.sections)
    #expect(
      found.map(\.description) == ["the steps 0 (2020) and 1 (2020-05) fall on the same days"])
  }

  @Test(
    "An international organization and an associate need no country",
    arguments: [
      (Member.Kind.internationalOrganization, true), (.associate, true), (.city, false),
      (.region, false), (.nationalAssociation, false), (.honorary, false),
    ])
  func countries(kind: Member.Kind, mayHaveNone: Bool) {
    var member = Member(kind: kind, displayName: LocalizedText(["en": "A"]))
    #expect(member.violations(sections: []).isEmpty == mayHaveNone)
    member.countryCode = "FR"
    #expect(member.violations(sections: []).isEmpty)
  }

  @Test(
    "Identifiers have the shape of their register",
    arguments: [
      (Identifier(.wikidata, "Q8692"), true), (Identifier(.wikidata, "8692"), false),
      (Identifier(.wikidata, "Q0"), false), (Identifier(.wikidata, "q8692"), false),
      (Identifier(.wikidata, "Q"), false), (Identifier(.geonames, "3128026"), true),
      (Identifier(.geonames, "03128026"), false), (Identifier(.geonames, "٣١٢"), false),
      (Identifier(.geonames, String(repeating: "1", count: 30)), false),
      (Identifier(.iso3166Part2, "ES-BI"), true), (Identifier(.iso3166Part2, "FR-75"), true),
      (Identifier(.iso3166Part2, "GB-ENG"), true), (Identifier(.iso3166Part2, "ES-"), false),
      (Identifier(.iso3166Part2, "ZZ-BI"), false), (Identifier(.iso3166Part2, "es-bi"), false),
      (Identifier(.iso3166Part2, "ESBI"), false), (Identifier(.iso3166Part2, "ES-ABCD"), false),
      (Identifier(.unlocode, "ESBIO"), true), (Identifier(.unlocode, "es bio"), true),
      (Identifier(.unlocode, "ES B1O"), false), (Identifier(.unlocode, "ESBI"), false),
      (Identifier(.unlocode, "USNYC"), true), (Identifier(.unlocode, ""), false),
      (Identifier(.wikidata, "Q8692\u{0}"), false),
    ])
  func identifiers(identifier: Identifier, isGood: Bool) {
    #expect(identifier.normalized.violations("f", country: "").isEmpty == isGood)
  }
}
