import ChangeFeed
import MembershipDomain
import Messages
import Protobuf
import Storage
import Vocabulary

/// A revision as a row of `member_revision`.
struct MemberRow {
  /// The number of the member in the store.
  let number: Int64
  /// Who may read it now, whatever the record said of that.
  let access: AccessLevel
  let record: MemberRecord

  /// What `MemberRow.init` reads. Of the past it has to be worked out when the member had changed
  /// last: a row that held knew of later changes.
  static func columns(_ recorded: RecordedTime?) -> SQL {
    let shared: SQL = """
      r.member, r.valid_from, r.valid_until, r.recorded_from, r.recorded_until, r.sequence,
      r.request_id, r.deleted_at, r.display_key, r.population, r.access, r.body
      """
    guard let recorded else { return shared + ", r.updated_at" }
    return shared + """
      , (SELECT MAX(l.recorded_from) FROM member_revision l
        WHERE l.member = r.member AND l.recorded_from <= \(recorded.microseconds)) AS updated_at
      """
  }

  /// The rows that hold at a point on the two clocks.
  static func holds(at asOf: AsOf) -> SQL {
    holds(asOf.recorded) + " AND r.valid_from <= \(asOf.day.number) AND r.valid_until > "
      + "\(asOf.day.number)"
  }

  static func holds(_ recorded: RecordedTime?) -> SQL {
    guard let recorded else { return holdsNow }
    return """
      r.recorded_from <= \(recorded.microseconds) AND r.recorded_until > \(recorded.microseconds)
      """
  }

  /// As the indexes say it, so that the planner knows them by it.
  static let holdsNow: SQL = "r.recorded_until = 9223372036854775807"
  static let heldBefore: SQL = "r.recorded_until < 9223372036854775807"

  init(_ row: Row) throws {
    number = try row.int64("member")
    guard let access = AccessLevel(rawValue: try row.integer("access")) else {
      throw StorageError.damaged("member \(number) has an access that is none")
    }
    self.access = access
    let bytes = try row.bytes("body")
    let body: MembershipV1.Member
    do throws(DecodingError) {
      body = try MembershipV1.Member(decoding: bytes)
    } catch {
      throw StorageError.damaged("the body of member \(number): \(error)")
    }
    guard let id = ResourceID(body.name.dropFirst(MemberRecord.namePrefix.utf8.count)),
      let createTime = body.createTime.flatMap({ RecordedTime($0) })
    else { throw StorageError.damaged("the body of member \(number) has no name or time") }
    var violations: [Violation] = []
    record = MemberRecord(
      id: id, uid: body.uid, createTime: createTime,
      state: MemberState(
        Member(body, &violations), status: MemberStatus(rawValue: Int(body.status.number))),
      period: Period(
        from: Day(number: try row.integer("valid_from")),
        until: Day(number: try row.integer("valid_until"))),
      recordedFrom: RecordedTime(microseconds: try row.int64("recorded_from")),
      recordedUntil: RecordedTime(microseconds: try row.int64("recorded_until")),
      updateTime: RecordedTime(microseconds: try row.int64("updated_at")),
      deleteTime: try row.int64IfPresent("deleted_at").map { RecordedTime(microseconds: $0) },
      sequence: try row.int64("sequence"), requestID: try row.text("request_id"),
      byteCount: bytes.count)
    guard violations.isEmpty else {
      throw StorageError.damaged("member \(id) breaks its own rules: \(violations[0].description)")
    }
  }
}

extension MemberState {
  /// What lists are ordered by: the name that the member gave itself, as words.
  var displayKey: [UInt8] { Array(FoldedText(member.displayName.original).joined.utf8) }

  /// The words that a search may find it by, and its whole names behind a byte that begins no word.
  var searchWords: Set<[UInt8]> {
    var words: Set<[UInt8]> = []
    for name in member.displayName.values.values {
      let folded = FoldedText(name)
      for word in folded.words { words.insert(Array(word.utf8)) }
      words.insert(Self.wholeName(folded))
    }
    return words
  }

  static func wholeName(_ name: FoldedText) -> [UInt8] { [1] + Array(name.joined.utf8) }

  var sectionID: String { String(member.section.dropFirst(Section.namePrefix.utf8.count)) }
}
