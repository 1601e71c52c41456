import ChangeFeed
import MembershipDomain
import Storage
import Vocabulary

/// Answers questions about the register, each at a point on the two clocks and as far as one may
/// see: what one may not is not there.
struct MemberReader {
  let transaction: any Transaction
  /// The most restricted records that the caller may read.
  let clearance: AccessLevel

  /// What is said of a member for a day, deleted ones included.
  func get(_ id: ResourceID, _ asOf: AsOf) throws -> MemberRecord? {
    try transaction.rows(
      """
      SELECT \(MemberRow.columns(asOf.recorded)) FROM member m
      JOIN member_revision r ON r.member = m.number
      WHERE m.id = \(id.description) AND \(MemberRow.holds(at: asOf)) AND \(isVisible)
      """
    ).first.map { try MemberRow($0).record }
  }

  /// Who bears an identifier on a day.
  func lookup(_ identifier: Identifier, _ asOf: AsOf) throws -> MemberRecord? {
    let recorded = asOf.recorded?.microseconds ?? RecordedTime.forEver.microseconds - 1
    let rows = try transaction.rows(
      """
      SELECT \(MemberRow.columns(asOf.recorded)) FROM member_identifier i
      JOIN member_revision r ON r.member = i.member
      WHERE i.scheme = \(identifier.scheme?.rawValue ?? 0) AND i.value = \(identifier.value)
        AND i.recorded_from <= \(recorded) AND i.recorded_until > \(recorded)
        AND \(MemberRow.holds(at: asOf)) AND \(isVisible)
      """)
    return try rows.map { try MemberRow($0).record }
      .first { $0.state.member.identifiers.contains(identifier) }
  }

  /// Where a revision stands in the history of its member.
  struct RevisionPlace: Hashable, Sendable {
    let recordedFrom: Int64
    let validFrom: Int64
  }

  /// Everything that was ever recorded of a member, the latest first, behind a place.
  func revisions(of id: ResourceID, after place: RevisionPlace?, limit: Int) throws
    -> [MemberRecord]
  {
    let seen: SQL =
      place.map {
        "(r.recorded_from, r.valid_from) < (\($0.recordedFrom), \($0.validFrom))"
      } ?? "1 = 1"
    return try transaction.rows(
      """
      SELECT \(MemberRow.columns(nil)) FROM member m
      JOIN member_revision r ON r.member = m.number
      WHERE m.id = \(id.description) AND \(isVisible) AND \(seen)
      ORDER BY r.recorded_from DESC, r.valid_from DESC LIMIT \(limit)
      """
    ).map { try MemberRow($0).record }
  }

  var isVisible: SQL { "r.access <= \(clearance.rawValue)" }
}
