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

  var version: RegisteredMember.Version {
    RegisteredMember.Version(recordedAt: updateTime.microseconds)
  }
  var name: String { Self.namePrefix + id.description }

  static let namePrefix = "members/"
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
