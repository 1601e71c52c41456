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

  func read(_ page: SnapshotPage, _ hand: (SnapshotResource) throws -> Void) throws {
    let after = page.after.dropFirst(MemberRecord.namePrefix.utf8.count)
    let recorded = page.point.recordedTime
    var member: [MemberRow] = []
    func handOver() throws {
      if let resource = resource(member) { try hand(resource) }
      member = []
    }
    try transaction.forEach(
      """
      SELECT \(MemberRow.columns(nil)) FROM member m
      JOIN member_revision r ON r.member = m.number
      WHERE m.id > \(String(after)) AND \(MemberRow.holds(recorded)) AND r.deleted_at IS NULL
      ORDER BY m.id, r.valid_from
      """
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
    guard let record = stored.record(nearest: today) else { return nil }
    return SnapshotResource(
      name: record.name, payload: MembershipV1.Member(record).encoded(),
      etag: record.version.etag, access: record.state.member.readers.name,
      lastChange: FeedPoint(sequence: latest.sequence, recordedTime: latest.recordedFrom))
  }
}
