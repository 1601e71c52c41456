import ChangeFeed
import MembershipDomain
import Messages
import ResourceAPI
import Vocabulary

// Sections between the wire and the domain.

extension Section {
  init(_ message: MembershipV1.Section, _ violations: inout [Violation]) {
    self.init(
      kind: .init(known: message.kind, "kind", &violations),
      displayName: LocalizedText(message.displayName),
      sources: message.sources.map(Source.init))
  }
}

extension MembershipV1.Section {
  /// What is kept of a section.
  init(_ section: Section) {
    self.init(
      kind: Kind(number: Int32(section.kind?.rawValue ?? 0)),
      displayName: section.displayName.message, sources: section.sources.map(\.message))
  }

  /// The answer for a reader of these languages; without them, for those who read all.
  init(_ record: SectionRecord, shown languages: LanguagePreference? = nil) {
    self.init(record.section)
    name = record.name
    etag = record.etag
    shownName = languages.flatMap { record.section.displayName.shown($0) }
      .map(TypeV1.ShownText.init)
    createTime = record.createTime.timestamp
    updateTime = record.updateTime.timestamp
  }
}
