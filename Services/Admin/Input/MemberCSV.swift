import Messages
import Protobuf
import WellKnown

/// A file of members as comma-separated values: which columns there may be, and what they mean.
struct MemberCSV {
  typealias Member = MembershipV1.Member
  /// Why a field is no value of its column.
  struct Fault: Error {
    let reason: String
  }

  /// Columns that `members list -o csv` writes and that only the server can set.
  private static let passedOver: Set<String> = [
    "shown_name", "status_steps", "valid_period", "create_time", "update_time", "delete_time",
    "uid", "etag",
  ]
  private static let identifying = ["name", "display_name", "identifiers"]
  private static let identifierPrefix = "identifiers."
  private static let namePrefix = "display_name."

  private static let columnNames =
    setters.keys.sorted() + ["display_name.LANGUAGE", "status with status_date"]

  private let columns: [String]

  /// Nil, and the reasons among the bad rows, when the header is wrong.
  init?(header row: CSVReader.Row, _ bad: inout BadRows) {
    columns = row.fields.map(Self.column)
    if let fault = row.fault { bad.add(row.line, nil, fault) }
    for (index, column) in columns.enumerated() {
      if columns[..<index].contains(column) {
        bad.add(row.line, column, "the column is there twice")
      } else if !Self.isKnown(column) {
        bad.add(row.line, column, "no such column")
        bad.advice = "The columns are \(Self.columnNames.joined(separator: ", "))."
      }
    }
    guard
      columns.contains(where: {
        Self.identifying.contains($0) || $0.hasPrefix(Self.namePrefix)
          || $0.hasPrefix(Self.identifierPrefix)
      })
    else {
      bad.add(row.line, nil, "a column is missing: name, display_name or an identifier")
      return nil
    }
    guard bad.isEmpty else { return nil }
  }

  /// Capitals do not matter, but in a language: `display_name.zh-Hant`.
  private static func column(_ field: String) -> String {
    let isName = field.lowercased().hasPrefix(namePrefix)
    return isName ? namePrefix + field.dropFirst(namePrefix.count) : field.lowercased()
  }

  private static func isKnown(_ column: String) -> Bool {
    setters[column] != nil || passedOver.contains(column) || column == "status"
      || column == "status_date" || column.count > namePrefix.count && column.hasPrefix(namePrefix)
  }

  /// The member in a row; nil, and the reasons among the bad rows, when there is none.
  func member(_ row: CSVReader.Row, _ bad: inout BadRows) -> Member? {
    let faults = bad.count
    if let fault = row.fault {
      bad.add(row.line, nil, fault)
    } else if row.fields.count != columns.count {
      bad.add(row.line, nil, "\(row.fields.count) fields, and the header has \(columns.count)")
    }
    guard bad.count == faults else { return nil }
    var member = Member()
    for (column, text) in zip(columns, row.fields) where !text.isEmpty {
      do throws(Fault) {
        try Self.set(column, text, in: &member)
      } catch { bad.add(row.line, column, error.reason) }
    }
    addStatus(row, to: &member, &bad)
    return bad.count == faults ? member : nil
  }

  private static func set(_ column: String, _ text: String, in member: inout Member) throws(Fault) {
    if let setter = setters[column] { return try setter(text, &member) }
    guard column.hasPrefix(namePrefix) else { return }
    let language = String(column.dropFirst(namePrefix.count))
    change(&member.displayName, TypeV1.LocalizedText()) { $0.values[language] = text }
  }

  /// A status counts with its date; the one that a list shows stands alone.
  private func addStatus(_ row: CSVReader.Row, to member: inout Member, _ bad: inout BadRows) {
    guard let place = columns.firstIndex(of: "status_date") else { return }
    let word = columns.firstIndex(of: "status").map { row.fields[$0] } ?? ""
    guard !word.isEmpty || !row.fields[place].isEmpty else { return }
    guard let status = Member.Status(word: word) else {
      return bad.add(row.line, "status", Self.noWord(word, of: Member.Status.self))
    }
    guard let date = TypeV1.PartialDate(text: row.fields[place]) else {
      return bad.add(row.line, "status_date", Self.noDate(row.fields[place]))
    }
    member.statusSteps = [.init(status: status, date: date)]
  }
}

extension MemberCSV {
  private typealias Setter = @Sendable (String, inout Member) throws(Fault) -> Void

  private static let setters: [String: Setter] = {
    var setters: [String: Setter] = [
      "name": { $1.name = ResourceName.full("members", $0) },
      "kind": { (text, member) throws(Fault) in member.kind = try word(text) },
      "display_name": { (text, member) throws(Fault) in
        try addNames(text, to: &member)
      },
      "original_language": { text, member in
        change(&member.displayName, .init()) { $0.originalLanguage = text }
      },
      "country_code": { $1.countryCode = $0.uppercased() },
      "section": { $1.section = ResourceName.full("sections", $0) },
      "level": { (text, member) throws(Fault) in member.level = try word(text) },
      "population.inhabitants": { (text, member) throws(Fault) in
        guard let number = Int64(text) else { throw Fault(reason: "\"\(text)\" is no number") }
        change(&member.population, .init()) { $0.inhabitants = number }
      },
      "population.date": { (text, member) throws(Fault) in
        guard let date = TypeV1.PartialDate(text: text) else { throw Fault(reason: noDate(text)) }
        change(&member.population, .init()) { $0.date = date }
      },
      "population.source": { text, member in
        change(&member.population, .init()) { $0.source = text }
      },
      "location.latitude": { (text, member) throws(Fault) in
        let degrees = try degrees(text)
        change(&member.location, .init()) { $0.latitude = degrees }
      },
      "location.longitude": { (text, member) throws(Fault) in
        let degrees = try degrees(text)
        change(&member.location, .init()) { $0.longitude = degrees }
      },
      "languages": { $1.languages = ListText.split($0) },
      "identifiers": { (text, member) throws(Fault) in
        for text in ListText.split(text) {
          guard let identifier = Member.Identifier(text: text) else {
            throw Fault(reason: "\"\(text)\" is no identifier such as wikidata=Q8692")
          }
          member.identifiers.append(identifier)
        }
      },
      "access_level": { (text, member) throws(Fault) in member.accessLevel = try word(text) },
      "sources": { $1.sources = ListText.split($0).map(TypeV1.Source.init(text:)) },
    ]
    for number in Int32(1)...4 {
      let scheme = Member.Identifier.Scheme(number: number)
      setters[identifierPrefix + scheme.word.replacing("-", with: "_")] = {
        $1.identifiers.append(.init(scheme: scheme, value: $0))
      }
    }
    return setters
  }()

  private static func change<Value>(
    _ value: inout Value?, _ empty: Value, _ body: (inout Value) -> Void
  ) {
    var changed = value ?? empty
    body(&changed)
    value = changed
  }

  private static func addNames(_ text: String, to member: inout Member) throws(Fault) {
    for part in ListText.split(text) {
      guard let name = LanguageText(argument: part) else {
        throw Fault(reason: "\"\(part)\" is no name in a language such as es=Bilbao")
      }
      change(&member.displayName, .init()) { $0.values[name.language] = name.text }
    }
  }

  private static func word<Enum: OpenEnum>(_ text: String) throws(Fault) -> Enum {
    guard let value = Enum(word: text) else { throw Fault(reason: noWord(text, of: Enum.self)) }
    return value
  }

  private static func noWord<Enum: OpenEnum>(_ text: String, of _: Enum.Type) -> String {
    "\"\(text)\" is none of \(Enum.words.joined(separator: ", "))"
  }

  private static func noDate(_ text: String) -> String {
    "\"\(text)\" is no date such as 2019-06-30, 2019-06, 2019-S1 or 2019"
  }

  private static func degrees(_ text: String) throws(Fault) -> Double {
    guard let number = Double(text), number.isFinite else {
      throw Fault(reason: "\"\(text)\" is no number of degrees")
    }
    return number
  }
}
