import ChangeFeed
import MembershipDomain
import Messages
import Protobuf
import Storage
import Vocabulary

/// A section as it was read.
struct SectionRecord: Hashable, Sendable {
  let id: ResourceID
  let section: Section
  let createTime: RecordedTime
  let updateTime: RecordedTime
  /// Its latest change in the feed.
  let sequence: Int64

  var name: String { Section.namePrefix + id.description }
  var etag: String { RegisteredMember.Version(recordedAt: updateTime.microseconds).etag }
}

/// The sections, of which there are few.
struct SectionStore {
  let transaction: any Transaction

  func find(_ id: ResourceID) throws -> SectionRecord? {
    try transaction.rows("SELECT * FROM section WHERE id = \(id.description)").first
      .map(SectionRecord.init)
  }

  /// In the order of their ids, behind one.
  func list(after id: String, limit: Int) throws -> [SectionRecord] {
    try transaction.rows(
      "SELECT * FROM section WHERE id > \(id) ORDER BY id LIMIT \(limit)"
    ).map(SectionRecord.init)
  }

  func insert(_ record: SectionRecord) throws {
    try transaction.run(
      """
      INSERT INTO section (id, created_at, updated_at, sequence, body)
      VALUES (\(record.id.description), \(record.createTime.microseconds),
        \(record.updateTime.microseconds), \(record.sequence),
        \(MembershipV1.Section(record.section).encoded()))
      """)
  }
}

extension SectionRecord {
  init(_ row: Row) throws {
    let text = try row.text("id")
    var violations: [Violation] = []
    let body: MembershipV1.Section
    do {
      body = try MembershipV1.Section(decoding: try row.bytes("body"))
    } catch let error as DecodingError {
      throw StorageError.damaged("the body of section \(text): \(error)")
    }
    let section = Section(body, &violations)
    guard let id = ResourceID(text), violations.isEmpty else {
      throw StorageError.damaged("section \(text) breaks its own rules")
    }
    self.init(
      id: id, section: section,
      createTime: RecordedTime(microseconds: try row.int64("created_at")),
      updateTime: RecordedTime(microseconds: try row.int64("updated_at")),
      sequence: try row.int64("sequence"))
  }
}
