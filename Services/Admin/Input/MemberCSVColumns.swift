import Messages
import Protobuf
import WellKnown

/// What each column of a file of members means.
enum MemberCSVColumns {
  private typealias Member = MembershipV1.Member
  private typealias Setter = @Sendable (String, inout Member) throws(FieldFault) -> Void

  /// What `members list -o csv` writes and only the server makes. It changes nothing.
  private static let serverMade: Set<String> = [
    "shown_name", "valid_period", "create_time", "update_time", "uid",
  ]
  static let deletedFault = "a deleted member is not imported: leave the row out"
  /// Read together, for a step or to be checked.
  private static let ofStatus: Set<String> = ["status", "status_date"]

  /// For people: those that are imported.
  static let names: [String] =
    setters.keys.filter { $0 != "delete_time" }.sorted()
    + ["display_name.LANGUAGE", "status with status_date"]

  static func isKnown(_ column: String) -> Bool {
    setters[column] != nil || serverMade.contains(column) || ofStatus.contains(column)
      || column.count > MemberCSV.namePrefix.count && column.hasPrefix(MemberCSV.namePrefix)
  }

  static func set(_ column: String, _ text: String, in member: inout MembershipV1.Member)
    throws(FieldFault)
  {
    if let setter = setters[column] { return try setter(text, &member) }
    guard column.hasPrefix(MemberCSV.namePrefix) else { return }
    try addName(text, String(column.dropFirst(MemberCSV.namePrefix.count)), to: &member)
  }

  private static let setters: [String: Setter] = {
    var setters = ofWhatItIs.merging(ofFigures) { $1 }
    for number in Int32(1)...4 {
      let scheme = Member.Identifier.Scheme(number: number)
      setters[MemberCSV.identifierPrefix + scheme.word.replacing("-", with: "_")] = {
        $1.identifiers.append(.init(scheme: scheme, value: $0))
      }
    }
    return setters
  }()

  private static let ofWhatItIs: [String: Setter] = [
    "name": { $1.name = ResourceName.full("members", $0) },
    "etag": { $1.etag = $0 },
    "kind": { (text, member) throws(FieldFault) in member.kind = try word(text) },
    "display_name": { (text, member) throws(FieldFault) in
      for part in ListText.split(text) {
        guard let name = LanguageText(argument: part) else { throw .noLanguageText(part) }
        try addName(name.text, name.language, to: &member)
      }
    },
    "original_language": { text, member in
      change(&member.displayName, .init()) { $0.originalLanguage = text }
    },
    "country_code": { $1.countryCode = $0.uppercased() },
    "section": { $1.section = ResourceName.full("sections", $0) },
    "level": { (text, member) throws(FieldFault) in member.level = try word(text) },
    "languages": { $1.languages = ListText.split($0) },
    "identifiers": { (text, member) throws(FieldFault) in
      for text in ListText.split(text) {
        guard let identifier = Member.Identifier(text: text) else {
          throw FieldFault("\"\(text)\" is no identifier such as wikidata=Q8692")
        }
        member.identifiers.append(identifier)
      }
    },
    "status_steps": { (text, member) throws(FieldFault) in
      for step in ListText.split(text) { member.statusSteps.append(try .init(text: step)) }
    },
    "access_level": { (text, member) throws(FieldFault) in member.accessLevel = try word(text) },
    "sources": { $1.sources = ListText.split($0).map(TypeV1.Source.init(text:)) },
    "delete_time": { (_, _) throws(FieldFault) in
      throw FieldFault(deletedFault)
    },
  ]

  private static let ofFigures: [String: Setter] = [
    "population.inhabitants": { (text, member) throws(FieldFault) in
      guard let number = Int64(text) else { throw FieldFault("\"\(text)\" is no number") }
      change(&member.population, .init()) { $0.inhabitants = number }
    },
    "population.date": { (text, member) throws(FieldFault) in
      guard let date = TypeV1.PartialDate(text: text) else { throw .noDate(text) }
      change(&member.population, .init()) { $0.date = date }
    },
    "population.source": { text, member in
      change(&member.population, .init()) { $0.source = text }
    },
    "location.latitude": { (text, member) throws(FieldFault) in
      let degrees = try degrees(text)
      change(&member.location, .init()) { $0.latitude = degrees }
    },
    "location.longitude": { (text, member) throws(FieldFault) in
      let degrees = try degrees(text)
      change(&member.location, .init()) { $0.longitude = degrees }
    },
  ]

  private static func change<Value>(
    _ value: inout Value?, _ empty: Value, _ body: (inout Value) -> Void
  ) {
    var changed = value ?? empty
    body(&changed)
    value = changed
  }

  private static func addName(_ text: String, _ language: String, to member: inout Member)
    throws(FieldFault)
  {
    let known = member.displayName?.values[language]
    guard known == nil || known == text else {
      throw FieldFault("the name in \(language) is there twice, \(known ?? "") and \(text)")
    }
    change(&member.displayName, .init()) { $0.values[language] = text }
  }

  private static func word<Enum: OpenEnum>(_ text: String) throws(FieldFault) -> Enum {
    guard let value = Enum(word: text) else { throw .noWord(text, of: Enum.self) }
    return value
  }

  private static func degrees(_ text: String) throws(FieldFault) -> Double {
    guard let number = Double(text), number.isFinite else {
      throw FieldFault("\"\(text)\" is no number of degrees")
    }
    return number
  }
}
