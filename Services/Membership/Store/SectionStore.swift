import ChangeFeed
import MembershipDomain
import Messages
import Protobuf
import ResourceAPI
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
  /// About what it takes in a message.
  let byteCount: Int

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

  /// Enters a new section, in the feed as well.
  func insert(_ id: ResourceID, _ section: Section, _ log: ChangeLog, requestID: String) throws
    -> SectionRecord
  {
    let time = try log.recordingTime()
    let record = SectionRecord(
      id: id, section: section, createTime: time, updateTime: time, sequence: 0, byteCount: 0)
    let sequence = try log.append(
      ResourceChange(
        .created, record.name, MembershipV1.Section(record), etag: record.etag,
        access: AccessLevel.everyone.name, accessBefore: nil, requestID: requestID))
    try transaction.run(
      """
      INSERT INTO section (id, created_at, updated_at, sequence, body)
      VALUES (\(id.description), \(time.microseconds), \(time.microseconds), \(sequence),
        \(MembershipV1.Section(section).encoded()))
      """)
    return record
  }

  /// All sections as they were at a moment of the recorded clock. They are made and not changed.
  func snapshot(_ page: SnapshotPage, _ hand: (SnapshotResource) throws -> Void) throws {
    let after = page.after.dropFirst(Section.namePrefix.utf8.count)
    try transaction.forEach(
      """
      SELECT * FROM section
      WHERE id > \(String(after)) AND created_at <= \(page.point.recordedTime.microseconds)
      ORDER BY id
      """
    ) { row in
      let record = try SectionRecord(row)
      try hand(
        SnapshotResource(
          name: record.name, payload: MembershipV1.Section(record).encoded(), etag: record.etag,
          access: AccessLevel.everyone.name,
          lastChange: FeedPoint(sequence: record.sequence, recordedTime: record.updateTime)))
    }
  }
}

extension SectionRecord {
  init(_ row: Row) throws {
    let text = try row.text("id")
    var violations: [Violation] = []
    let bytes = try row.bytes("body")
    let body: MembershipV1.Section
    do throws(DecodingError) {
      body = try MembershipV1.Section(decoding: bytes)
    } catch {
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
      sequence: try row.int64("sequence"), byteCount: bytes.count)
  }
}
