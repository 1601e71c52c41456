import ChangeFeed
import MembershipDomain
import Storage
import Vocabulary

/// What the register says of a member for some days, as it was read: the answer to one question in
/// both clocks.
struct MemberRecord: Hashable, Sendable {
  let id: ResourceID
  let uid: String
  let createTime: RecordedTime
  let state: MemberState
  let period: Period
  /// When the register began to say so, and when it ceased to; `.forEver` while it does.
  let recordedFrom: RecordedTime
  let recordedUntil: RecordedTime
  /// Of the latest change of the member, as far as the question may know.
  let updateTime: RecordedTime
  let deleteTime: RecordedTime?
  /// The change of the feed that recorded it, and the name that its caller gave it.
  let sequence: Int64
  let requestID: String
  /// About what it takes in a message.
  let byteCount: Int

  var version: RegisteredMember.Version {
    RegisteredMember.Version(recordedAt: updateTime.microseconds)
  }
  var name: String { Self.namePrefix + id.description }

  static let namePrefix = "members/"
}

/// A member as the register has it now, with what only the store knows of it.
struct StoredMember: Hashable, Sendable {
  let number: Int64
  let createTime: RecordedTime
  let member: RegisteredMember

  var id: ResourceID { member.id }
  var updateTime: RecordedTime { RecordedTime(microseconds: member.version.recordedAt) }

  /// What is said of it for a day, or for the nearest of which anything is said.
  func record(nearest day: Day) -> MemberRecord? {
    guard let segment = member.timeline.segment(nearest: day) else { return nil }
    // A deleted member is not changed: its latest change is the deletion.
    return MemberRecord(
      id: id, uid: member.uid, createTime: createTime, state: segment.content,
      period: segment.period, recordedFrom: updateTime, recordedUntil: .forEver,
      updateTime: updateTime, deleteTime: member.isDeleted ? updateTime : nil, sequence: 0,
      requestID: "", byteCount: 0)
  }
}

extension RecordedTime {
  /// The recorded time at which what still holds will have ceased to.
  static let forEver = RecordedTime(microseconds: .max)
}

/// A point on the two clocks; without a recorded time all that is known now.
struct AsOf: Hashable, Sendable {
  let day: Day
  let recorded: RecordedTime?

  init(_ day: Day, recorded: RecordedTime? = nil) {
    self.day = day
    self.recorded = recorded
  }
}
