import ChangeFeed
import MembershipDomain
import Messages
import Protobuf
import ResourceAPI
import Storage
import Vocabulary

/// All members as they were at a moment of the recorded clock, in the order of their names: each as
/// it is shown today.
struct MemberSnapshot {
  let transaction: any Transaction
  let today: Day

  /// Members behind an id, as they were at a moment: one row after the other, without a sort.
  static func statement(after id: String, recorded: RecordedTime) -> SQL {
    """
    SELECT \(MemberRow.columns(nil)) FROM member m
    JOIN member_revision r ON r.member = m.number
    WHERE m.id > \(id) AND \(MemberRow.holds(recorded)) AND r.deleted_at IS NULL
    ORDER BY m.id, r.valid_from
    """
  }

  func read(_ page: SnapshotPage, _ hand: (SnapshotResource) throws -> Void) throws {
    let after = String(page.after.dropFirst(MemberRecord.namePrefix.utf8.count))
    var member: [MemberRow] = []
    func handOver() throws {
      if let resource = resource(member) { try hand(resource) }
      member = []
    }
    try transaction.forEach(
      Self.statement(after: after, recorded: page.point.recordedTime)
    ) { row in
      let row = try MemberRow(row)
      if let first = member.first, first.number != row.number { try handOver() }
      member.append(row)
    }
    try handOver()
  }

  /// The rows of one member as the resource that the feed shows. The last that began tells of its
  /// last change.
  private func resource(_ rows: [MemberRow]) -> SnapshotResource? {
    guard let latest = rows.map(\.record).max(by: { $0.recordedFrom < $1.recordedFrom }) else {
      return nil
    }
    let member = RegisteredMember(
      id: latest.id, uid: latest.uid,
      version: .init(recordedAt: latest.recordedFrom.microseconds), isDeleted: false,
      timeline: Timeline(rows.map { .init($0.record.period, $0.record.state) }))
    let stored = StoredMember(number: 0, createTime: latest.createTime, member: member)
    guard let record = stored.record(nearest: today),
      let access = rows.first(where: { $0.record.period == record.period })?.access
    else { return nil }
    return SnapshotResource(
      name: record.name, payload: MembershipV1.Member(record).encoded(),
      etag: record.version.etag, access: access.name,
      lastChange: FeedPoint(sequence: latest.sequence, recordedTime: latest.recordedFrom))
  }
}
