import Messages

extension MembershipV1.Member.StatusStep {
  /// `2019-06-30 suspended | en=Dues are not paid | the document that says so`; the reason in
  /// several languages is a list, in which a star marks the language it was first written in.
  var text: String {
    var fields = ["\(date?.text ?? "") \(status.word)", reason?.starredText ?? "", document]
    while fields.count > 1, fields.last == "" { fields.removeLast() }
    return ListText.join(fields, by: "|")
  }

  /// Whether a step may be so is for the server to say.
  init(text: String) throws(FieldFault) {
    let fields = ListText.fields(text, at: "|")
    let words = fields[0].split(separator: " ").map(String.init)
    guard words.count == 2, fields.count <= 3 else {
      throw FieldFault(
        "\"\(text)\" is no step such as \"2019-06-30 suspended | en=Why | document\"")
    }
    guard let date = TypeV1.PartialDate(text: words[0]) else { throw .noDate(words[0]) }
    guard let status = MembershipV1.Member.Status(word: words[1]) else {
      throw .noWord(words[1], of: MembershipV1.Member.Status.self)
    }
    self.init(
      status: status, date: date,
      reason: try fields.count > 1 && !fields[1].isEmpty ? .init(starredText: fields[1]) : nil,
      document: fields.count > 2 ? fields[2] : "")
  }
}

extension TypeV1.LocalizedText {
  fileprivate var starredText: String {
    ListText.join(
      values.sorted { $0.key < $1.key }.map { language, text in
        "\(language)\(language == originalLanguage ? "*" : "")=\(text)"
      })
  }

  fileprivate init(starredText text: String) throws(FieldFault) {
    self.init()
    for part in ListText.split(text) {
      guard let given = LanguageText(argument: part) else { throw .noLanguageText(part) }
      let isOriginal = given.language.hasSuffix("*")
      let language = isOriginal ? String(given.language.dropLast()) : given.language
      guard values.updateValue(given.text, forKey: language) == nil else {
        throw FieldFault("the language \(language) stands twice")
      }
      if isOriginal { originalLanguage = language }
    }
  }
}

extension [MembershipV1.Member.StatusStep] {
  /// That of the last step which took effect by a day, written as a date.
  func status(on day: String) -> MembershipV1.Member.Status? {
    last { step in step.date?.firstDay.map { $0 <= day } ?? false }?.status
  }
}
