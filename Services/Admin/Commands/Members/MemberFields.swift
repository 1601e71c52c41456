import ArgumentParser
import Messages
import Protobuf
import WellKnown

/// What a member is made of or changed to, as options. What is not given stays as it is.
struct MemberFields: ParsableArguments {
  typealias Member = MembershipV1.Member

  @Option(help: "What it is in the organization.")
  var kind: EnumWord<Member.Kind>?

  @Option(
    help: ArgumentHelp("Its name in a language, es=Bilbao; again for more.", valueName: "lang=text")
  )
  var displayName: [LanguageText] = []

  @Option(help: "The language that the name was first written in.")
  var originalLanguage: String?

  @Option(help: "Its country (ISO 3166-1 alpha-2).")
  var country: String?

  @Option(help: "Its section; '' for a direct member.")
  var section: String?

  @Option(help: "The tier of government.")
  var level: EnumWord<Member.Level>?

  @Option(help: "The number of inhabitants, with the date and source that are given, or none.")
  var population: Int64?

  @Option(help: "The date of that number: 2021, 2021-06, 2021-06-30.")
  var populationDate: PartialDateArgument?

  @Option(help: "Who says that number.")
  var populationSource: String?

  @Option(help: ArgumentHelp("Where it is, 43.26,-2.93.", valueName: "latitude,longitude"))
  var location: LocationArgument?

  @Option(help: "A language that it works in (BCP 47); again for more.")
  var language: [String] = []

  @Option(help: ArgumentHelp("An open identifier; again for more.", valueName: "scheme=value"))
  var identifier: [IdentifierArgument] = []

  @Option(help: "A new status, added to its steps.")
  var status: EnumWord<Member.Status>?

  @Option(help: "When the status took effect.")
  var statusDate: PartialDateArgument?

  @Option(help: ArgumentHelp("Why, en=text; again for more.", valueName: "lang=text"))
  var statusReason: [LanguageText] = []

  @Option(help: "The decision that says so.")
  var statusDocument: String?

  @Option(help: "Who may read the record.")
  var accessLevel: EnumWord<TypeV1.AccessLevel>?

  @Option(help: "Where its facts come from: document, or 'document | place in it'; again for more.")
  var source: [String] = []

  func validate() throws {
    let speaksOfStep = statusDate != nil || !statusReason.isEmpty || statusDocument != nil
    if status == nil, speaksOfStep {
      throw ValidationError("--status-date, -reason and -document go with --status")
    }
    if status != nil, statusDate == nil {
      throw ValidationError("--status takes effect on a day: --status-date says which")
    }
  }

  /// Whether something is added to a list: the whole list is then sent.
  var addToLists: Bool { !identifier.isEmpty || status != nil || !source.isEmpty }

  /// Puts into the member what was given, and tells the fields, or the parts of them, that it
  /// touched.
  func apply(to member: inout Member) -> [String] {
    var touched: [String] = []
    func touch(_ field: String, if isGiven: Bool, _ change: (inout Member) -> Void) {
      guard isGiven else { return }
      change(&member)
      touched.append(field)
    }
    touch("kind", if: kind != nil) { $0.kind = kind?.value ?? $0.kind }
    for given in displayName {
      touch("display_name.values.\(given.language)", if: true) {
        Self.change(&$0.displayName) { $0.values[given.language] = given.text }
      }
    }
    touch("display_name.original_language", if: originalLanguage != nil) {
      Self.change(&$0.displayName) { $0.originalLanguage = originalLanguage ?? "" }
    }
    touch("country_code", if: country != nil) { $0.countryCode = country?.uppercased() ?? "" }
    touch("section", if: section != nil) {
      $0.section = ResourceName.full("sections", section ?? "")
    }
    touch("level", if: level != nil) { $0.level = level?.value ?? $0.level }
    // A number with the date or the source of another would be a lie.
    touch("population", if: population != nil) {
      $0.population = .init(
        inhabitants: population ?? 0, date: populationDate?.value, source: populationSource ?? "")
    }
    touch("population.date", if: population == nil && populationDate != nil) {
      Self.change(&$0.population) { $0.date = populationDate?.value }
    }
    touch("population.source", if: population == nil && populationSource != nil) {
      Self.change(&$0.population) { $0.source = populationSource ?? "" }
    }
    touch("location", if: location != nil) { $0.location = location?.value }
    touch("languages", if: !language.isEmpty) { $0.languages = language }
    touch("identifiers", if: !identifier.isEmpty, changeIdentifiers)
    touch("status_steps", if: status != nil, addStep)
    touch("access_level", if: accessLevel != nil) {
      $0.accessLevel = accessLevel?.value ?? $0.accessLevel
    }
    touch("sources", if: !source.isEmpty) { $0.sources += source.map(TypeV1.Source.init(text:)) }
    return touched
  }

  /// Changes a part of what may not be there yet.
  private static func change<Part: Message>(_ part: inout Part?, _ change: (inout Part) -> Void) {
    var changed = part ?? Part()
    change(&changed)
    part = changed
  }

  /// Of each scheme there is one.
  private func changeIdentifiers(_ member: inout Member) {
    for given in identifier.map(\.value) {
      member.identifiers.removeAll { $0.scheme == given.scheme }
      member.identifiers.append(given)
    }
  }

  private func addStep(_ member: inout Member) {
    guard let status else { return }
    let reasons = Dictionary(statusReason.map { ($0.language, $0.text) }) { $1 }
    member.statusSteps.append(
      .init(
        status: status.value, date: statusDate?.value,
        reason: reasons.isEmpty ? nil : .init(values: reasons), document: statusDocument ?? ""))
  }
}

/// `43.26,-2.93`.
struct LocationArgument: ExpressibleByArgument {
  let value: GoogleType.LatLng

  init?(argument: String) {
    let parts = argument.split(separator: ",").compactMap { Double($0) }
    guard parts.count == 2, parts.allSatisfy(\.isFinite) else { return nil }
    value = GoogleType.LatLng(latitude: parts[0], longitude: parts[1])
  }
}

extension MemberFields {
  private static let options = [
    "kind": "kind", "display_name": "display-name", "country_code": "country",
    "section": "section", "level": "level", "population": "population",
    "population.date": "population-date", "population.source": "population-source",
    "location": "location", "languages": "language", "identifiers": "identifier",
    "status_steps": "status", "access_level": "access-level", "sources": "source",
    "status_steps.date": "status-date", "status_steps.reason": "status-reason",
    "status_steps.document": "status-document",
    "display_name.original_language": "original-language",
  ]

  /// The option for a field of a request, or for what the field is in: `member.population.date`.
  static func option(for field: String) -> String? {
    guard field.hasPrefix("member.") else { return nil }
    var path = field.dropFirst("member.".count).replacing(#/\[\d+\]/#, with: "")[...]
    while !path.isEmpty {
      if let option = options[String(path)] { return "--\(option)" }
      path = path.lastIndex(of: ".").map { path[..<$0] } ?? ""
    }
    return nil
  }
}
