/// A text that people read, in the languages in which it is known.
package struct LocalizedText: Hashable, Sendable {
  /// By language; keys as they were said.
  package var values: [String: String]
  /// The language it was first written in; empty where that is not known.
  package var originalLanguage: String

  package init(_ values: [String: String] = [:], original: String = "") {
    self.values = values
    originalLanguage = original
  }

  package var isEmpty: Bool { values.isEmpty && originalLanguage.isEmpty }

  package var byteCount: Int { values.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } }

  /// With every language in the customary case; one that is there in that case as well stays as it
  /// is, and is a violation.
  package var normalized: LocalizedText {
    var normal: [String: String] = [:]
    for (language, text) in values.sorted(by: { $0.key < $1.key }) {
      let key = LanguageTag(language)?.description ?? language
      let isTaken = key != language && (values[key] != nil || normal[key] != nil)
      normal[isTaken ? language : key] = text
    }
    return LocalizedText(
      normal, original: LanguageTag(originalLanguage)?.description ?? originalLanguage)
  }

  /// The text in the language it was first written in, else in English, else in the first of the
  /// alphabet: what a list is ordered by.
  package var original: String {
    values[originalLanguage] ?? values["en"] ?? values.min { $0.key < $1.key }?.value ?? ""
  }

  /// The text for a reader: in a language asked for, exactly or with another region; else in the
  /// original language, in English, in the first of the alphabet. Nil of an empty text.
  package func shown(_ preference: LanguagePreference) -> ShownText? {
    for tag in preference.tags {
      if let language = language(near: tag) {
        return ShownText(text: values[language] ?? "", language: language, isFallback: false)
      }
    }
    let language = [originalLanguage, "en"].first { values[$0] != nil } ?? values.keys.min()
    return language.map { ShownText(text: values[$0] ?? "", language: $0, isFallback: true) }
  }

  private func language(near tag: LanguageTag) -> String? {
    let base = tag.base.description
    if let exact = [tag.description, base].first(where: { values[$0] != nil }) { return exact }
    return values.keys.filter { $0.hasPrefix(base + "-") }.min()
  }
}

/// A localized text as chosen for one reader.
package struct ShownText: Hashable, Sendable {
  package let text: String
  package let language: String
  /// In none of the languages that the reader asked for.
  package let isFallback: Bool
}

extension LocalizedText {
  package static let maxLanguages = 100

  /// What is wrong with it as the value of `field`, whose texts may have so many bytes each.
  package func violations(_ field: String, maxBytes: Int) -> [Violation] {
    var found: [Violation] = []
    if values.count > Self.maxLanguages {
      found.append(
        Violation("\(field).values", .tooMany, "at most \(Self.maxLanguages) languages"))
    }
    for (language, text) in values.sorted(by: { $0.key < $1.key }) {
      let path = "\(field).values.\(language.printable)"
      if LanguageTag(language)?.description != language {
        found.append(
          Violation(path, .languageInvalid, LanguageTag.fault(language, amid: values)))
      }
      found += TextRule(maxBytes: maxBytes).violations(path, text)
    }
    if !originalLanguage.isEmpty, values[originalLanguage] == nil {
      found.append(
        Violation(
          "\(field).original_language", .languageInvalid,
          "there is no text in the original language \"\(originalLanguage.printable)\""))
    }
    return found
  }
}

extension LanguageTag {
  fileprivate static func fault(_ language: String, amid values: [String: String]) -> String {
    guard let tag = LanguageTag(language), values[tag.description] != nil else {
      return "\"\(language.printable)\" is no language tag of BCP 47, as en or pt-BR"
    }
    return "\"\(language.printable)\" and \"\(tag)\" are the same language"
  }
}
