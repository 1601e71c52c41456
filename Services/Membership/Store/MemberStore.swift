import ChangeFeed
import MembershipDomain
import Messages
import Protobuf
import Storage
import Vocabulary

/// The rows of the register, for one transaction that changes it. `MemberRegister` joins them with
/// the feed; `MemberReader` answers questions.
struct MemberStore {
  let transaction: any Transaction

  /// When and by what a change is recorded.
  struct Recording: Hashable, Sendable {
    let time: RecordedTime
    let sequence: Int64
    let requestID: String
  }

  /// A member as the register has it now, deleted ones included.
  func find(_ id: ResourceID) throws -> StoredMember? {
    let rows = try transaction.rows(
      """
      SELECT \(MemberRow.columns(nil)) FROM member m
      JOIN member_revision r ON r.member = m.number
      WHERE m.id = \(id.description) AND \(MemberRow.holdsNow)
      ORDER BY r.valid_from
      """
    ).map(MemberRow.init)
    guard let first = rows.first else { return nil }
    let member = RegisteredMember(
      id: id, uid: first.record.uid, version: first.record.version,
      isDeleted: first.record.deleteTime != nil,
      timeline: Timeline(rows.map { .init($0.record.period, $0.record.state) }))
    return StoredMember(number: first.number, createTime: first.record.createTime, member: member)
  }

  func contains(_ id: ResourceID) throws -> Bool {
    try !transaction.rows("SELECT 1 FROM member WHERE id = \(id.description)").isEmpty
  }

  /// Who bears an identifier now, on whatever day; a deleted member keeps its own.
  func find(_ identifier: Identifier) throws -> ResourceID? {
    let row = try transaction.rows(
      """
      SELECT m.id FROM member_identifier i JOIN member m ON m.number = i.member
      WHERE i.scheme = \(identifier.scheme?.rawValue ?? 0) AND i.value = \(identifier.value)
        AND i.recorded_until = 9223372036854775807
      """
    ).first
    return try row.flatMap { ResourceID(try $0.text("id")) }
  }

  /// The names of the sections that there are.
  func sections() throws -> Set<String> {
    Set(
      try transaction.rows("SELECT id FROM section").map {
        Section.namePrefix + (try $0.text("id"))
      })
  }

  // Writing.

  /// A new member. Its number is that of the change that makes it.
  func insert(
    _ id: ResourceID, uid: String, _ timeline: Timeline<MemberState>, _ recording: Recording
  ) throws {
    try transaction.run(
      """
      INSERT INTO member (number, id, uid)
      VALUES (\(recording.sequence), \(id.description), \(uid))
      """)
    let origin = Origin(
      number: recording.sequence, id: id, uid: uid, createTime: recording.time)
    for segment in timeline.segments {
      try insert(segment, of: origin, isDeleted: false, recording)
    }
    let identifiers = Set(timeline.segments.flatMap(\.content.member.identifiers))
    for identifier in identifiers { try insert(identifier, of: origin, recording) }
  }

  /// What is said of a member from now on: the segments that end are closed, those that begin are
  /// written, the others stay as they are. A deletion, or its end, concerns all of them.
  func replace(
    _ found: StoredMember, by timeline: Timeline<MemberState>, isDeleted: Bool,
    _ recording: Recording
  ) throws {
    let old = found.member
    let turns = old.isDeleted != isDeleted
    let (ended, begun) =
      turns
      ? (old.timeline.segments, timeline.segments) : timeline.difference(from: old.timeline)
    let origin = Origin(
      number: found.number, id: old.id, uid: old.uid, createTime: found.createTime)
    for segment in ended { try close(segment, of: origin, recording) }
    for segment in begun { try insert(segment, of: origin, isDeleted: isDeleted, recording) }
    try transaction.run(
      """
      UPDATE member_revision SET updated_at = \(recording.time.microseconds)
      WHERE member = \(origin.number) AND recorded_until = 9223372036854775807
      """)
    try restrictPast(of: origin, to: timeline)
    try replaceIdentifiers(of: origin, old.timeline, by: timeline, recording)
  }

  /// What stays of a member whatever is said of it.
  private struct Origin {
    let number: Int64
    let id: ResourceID
    let uid: String
    let createTime: RecordedTime
  }

  private func close(
    _ segment: Timeline<MemberState>.Segment, of origin: Origin, _ recording: Recording
  ) throws {
    try transaction.run(
      """
      UPDATE member_revision SET recorded_until = \(recording.time.microseconds)
      WHERE member = \(origin.number) AND valid_from = \(segment.period.from.number)
        AND recorded_until = 9223372036854775807
      """)
  }

  private func insert(
    _ segment: Timeline<MemberState>.Segment, of origin: Origin, isDeleted: Bool,
    _ recording: Recording
  ) throws {
    let (state, time) = (segment.content, recording.time.microseconds)
    let deletedAt: SQLValue = isDeleted ? .integer(time) : .null
    var body = MembershipV1.Member(state)
    body.name = MemberRecord.namePrefix + origin.id.description
    body.uid = origin.uid
    body.createTime = origin.createTime.timestamp
    try transaction.run(
      """
      INSERT INTO member_revision (member, valid_from, valid_until, recorded_from, recorded_until,
        sequence, request_id, updated_at, deleted_at, access, display_key, section, country, kind,
        status, population, body)
      VALUES (\(origin.number), \(segment.period.from.number), \(segment.period.until.number),
        \(time), 9223372036854775807, \(recording.sequence), \(recording.requestID), \(time),
        \(deletedAt), \(state.member.readers.rawValue), \(state.displayKey),
        \(state.sectionID), \(state.member.countryCode), \(state.member.kind?.rawValue ?? 0),
        \(state.status?.rawValue ?? 0), \(state.member.population?.inhabitants ?? -1),
        \(body.encoded()))
      """)
    let words = state.searchWords.map { word -> SQL in
      "(\(word), \(origin.number), \(time), \(segment.period.from.number))"
    }
    for start in stride(from: 0, to: words.count, by: Self.wordsAtOnce) {
      try transaction.run(
        "INSERT INTO member_name (word, member, recorded_from, valid_from) VALUES "
          + SQL.joined(words[start...].prefix(Self.wordsAtOnce), by: ", "))
    }
  }

  /// A statement takes only so many values.
  private static let wordsAtOnce = 500

  /// Whoever may not read any of it now may not read what it was either.
  private func restrictPast(of origin: Origin, to timeline: Timeline<MemberState>) throws {
    guard let access = timeline.access, access > .everyone else { return }
    try transaction.run(
      """
      UPDATE member_revision SET access = \(access.rawValue)
      WHERE member = \(origin.number) AND recorded_until < 9223372036854775807
        AND access < \(access.rawValue)
      """)
  }

  private func replaceIdentifiers(
    of origin: Origin, _ old: Timeline<MemberState>, by new: Timeline<MemberState>,
    _ recording: Recording
  ) throws {
    let before = Set(old.segments.flatMap(\.content.member.identifiers))
    let after = Set(new.segments.flatMap(\.content.member.identifiers))
    for identifier in before.subtracting(after) {
      try transaction.run(
        """
        UPDATE member_identifier SET recorded_until = \(recording.time.microseconds)
        WHERE scheme = \(identifier.scheme?.rawValue ?? 0) AND value = \(identifier.value)
          AND recorded_until = 9223372036854775807
        """)
    }
    for identifier in after.subtracting(before) {
      try insert(identifier, of: origin, recording)
    }
  }

  private func insert(_ identifier: Identifier, of origin: Origin, _ recording: Recording) throws {
    try transaction.run(
      """
      INSERT INTO member_identifier (scheme, value, member, recorded_from, recorded_until)
      VALUES (\(identifier.scheme?.rawValue ?? 0), \(identifier.value), \(origin.number),
        \(recording.time.microseconds), 9223372036854775807)
      """)
  }
}
