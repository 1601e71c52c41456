import Messages
import Protobuf
import WellKnown

// How values of the contract are shown and read in one line.

extension GoogleProtobuf.Timestamp {
  var text: String {
    guard case .string(let text)? = try? jsonValue(.standard) else { return "" }
    return text
  }
}

extension GoogleType.Date {
  var text: String { "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))" }
}

extension TypeV1.ValidPeriod {
  /// `2019-01-01..2020-01-01`; an open end is empty.
  var text: String { "\(from?.text ?? "")..\(until?.text ?? "")" }
}

extension TypeV1.ShownText {
  /// A text in another language than was asked for is marked with it.
  var marked: String { fallback ? "\(text) [\(languageCode)]" : text }
}

extension TypeV1.LocalizedText {
  /// `en=Bilbao; es=Bilbao`.
  var text: String {
    ListText.join(values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
  }
}

extension TypeV1.Source {
  /// `document`, or `document | place in it`.
  var text: String { ListText.join([document] + (locator.isEmpty ? [] : [locator]), by: "|") }

  init(text: String) {
    let parts = ListText.fields(text, at: "|")
    self.init(document: parts[0], locator: parts.dropFirst().joined(separator: " | "))
  }
}

extension TypeV1.PartialDate {
  /// `2019-06-30`, `2019-06`, `2019-S1`, `2019`, `tbc`.
  var text: String {
    switch precision {
    case .day: "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
    case .month: "\(digits(year, 4))-\(digits(month, 2))"
    case .semester: "\(digits(year, 4))-S\(semester)"
    case .year: digits(year, 4)
    case .toBeConfirmed: "tbc"
    default: ""
    }
  }

  /// The first day that it may mean, `2019-01-01`; nil where it is not known.
  var firstDay: String? {
    switch precision {
    case .day: text
    case .month: "\(text)-01"
    case .semester: "\(digits(year, 4))-\(digits(semester * 6 - 5, 2))-01"
    case .year: "\(text)-01-01"
    default: nil
    }
  }

  /// Whether the day exists is for the server to say.
  init?(text: String) {
    guard text.lowercased() != "tbc" else {
      self.init(precision: .toBeConfirmed)
      return
    }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard let year = number(parts[0], 4) else { return nil }
    switch parts.count {
    case 1: self.init(precision: .year, year: year)
    case 2 where parts[1].first == "S" || parts[1].first == "s":
      guard let semester = number(parts[1].dropFirst(), 1) else { return nil }
      self.init(precision: .semester, year: year, semester: semester)
    case 2:
      guard let month = number(parts[1], 2) else { return nil }
      self.init(precision: .month, year: year, month: month)
    case 3:
      guard let month = number(parts[1], 2), let day = number(parts[2], 2) else { return nil }
      self.init(precision: .day, year: year, month: month, day: day)
    default: return nil
    }
  }
}

extension MembershipV1.Member.Identifier {
  /// `wikidata=Q8692`.
  var text: String { "\(scheme.word)=\(value)" }

  init?(text: String) {
    let parts = text.split(separator: "=", maxSplits: 1)
    guard parts.count == 2,
      let scheme = MembershipV1.Member.Identifier.Scheme(word: String(parts[0]))
    else { return nil }
    self.init(scheme: scheme, value: String(parts[1]))
  }
}

/// The last part of a resource name, which is all a person needs to type.
enum ResourceName {
  static func full(_ collection: String, _ name: String) -> String {
    name.hasPrefix(collection + "/") || name.isEmpty ? name : "\(collection)/\(name)"
  }

  static func short(_ name: String) -> String {
    String(name.split(separator: "/").last ?? "")
  }
}

private func digits(_ number: Int32, _ count: Int) -> String {
  let text = "\(number)"
  return String(repeating: "0", count: max(0, count - text.count)) + text
}

private func number(_ text: Substring, _ count: Int) -> Int32? {
  guard text.count == count, text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
  return Int32(text)
}
