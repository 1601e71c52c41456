import ChangeFeed
import MembershipDomain
import Messages
import Storage
import Vocabulary

/// The register as one transaction changes it: rows and feed together. A member is changed at most
/// once in a transaction.
struct MemberRegister {
  let store: MemberStore
  let log: ChangeLog
  /// What the feed shows of a member is what it is today.
  let today: Day
  /// The name of the write, where its caller gave one.
  let requestID: String

  init(_ transaction: any Transaction, _ log: ChangeLog, today: Day, requestID: String = "") {
    store = MemberStore(transaction: transaction)
    self.log = log
    self.today = today
    self.requestID = requestID
  }

  /// The names of the sections that there are.
  func sections() throws -> Set<String> { try store.sections() }

  func find(_ id: ResourceID) throws -> MemberStore.Found? { try store.find(id) }

  /// A name that is free: the one made from the member's own, or that with a number.
  func freeID(for member: Member) throws -> ResourceID {
    let wanted = ResourceID(from: member.displayName.original, prefix: Self.idPrefix)
    guard try store.contains(wanted) else { return wanted }
    for number in 2...Self.maxNamesakes {
      let id = wanted.numbered(number)
      if try !store.contains(id) { return id }
    }
    throw MembershipError.memberExists(wanted, isDeleted: false)
  }

  private static let idPrefix = ResourceID("member")!
  private static let maxNamesakes = 10_000

  /// Enters a new member and returns it.
  func admit(_ id: ResourceID, _ timeline: Timeline<MemberState>) throws -> MemberStore.Found {
    if let there = try store.find(id) {
      throw MembershipError.memberExists(id, isDeleted: there.member.isDeleted)
    }
    try checkIdentifiers(of: timeline, id)
    let time = try log.recordingTime()
    let uid = Self.makeUID()
    let member = RegisteredMember(
      id: id, uid: uid, version: .init(recordedAt: time.microseconds), isDeleted: false,
      timeline: timeline)
    let message = message(member, createTime: time)
    let sequence = try log.append(
      ResourceChange(
        .created, message.name, message, etag: member.version.etag, access: access(member),
        accessBefore: nil, requestID: requestID))
    let recording = MemberStore.Recording(time: time, sequence: sequence, requestID: requestID)
    try store.insert(id, uid: uid, timeline, recording)
    return MemberStore.Found(number: sequence, createTime: time, member: member)
  }

  /// Records what is said of a member from now on, if that is something else, and returns it.
  func update(_ found: MemberStore.Found, to timeline: Timeline<MemberState>) throws
    -> MemberStore.Found
  {
    guard timeline != found.member.timeline else { return found }
    return try record(.updated, found, timeline, isDeleted: false)
  }

  func delete(_ found: MemberStore.Found) throws -> MemberStore.Found {
    try record(.deleted, found, found.member.timeline, isDeleted: true)
  }

  func undelete(_ found: MemberStore.Found) throws -> MemberStore.Found {
    try record(.undeleted, found, found.member.timeline, isDeleted: false)
  }

  private func record(
    _ kind: ResourceChange.Kind, _ found: MemberStore.Found, _ timeline: Timeline<MemberState>,
    isDeleted: Bool
  ) throws -> MemberStore.Found {
    try checkIdentifiers(of: timeline, found.member.id)
    let time = try log.recordingTime()
    let member = RegisteredMember(
      id: found.member.id, uid: found.member.uid, version: .init(recordedAt: time.microseconds),
      isDeleted: isDeleted, timeline: timeline)
    let message = message(member, createTime: found.createTime)
    let before = found.member.isDeleted ? nil : access(found.member)
    let change =
      isDeleted
      ? ResourceChange(
        deleted: message.name, type: MembershipV1.Member.messageName, etag: member.version.etag,
        accessBefore: before, requestID: requestID)
      : ResourceChange(
        kind, message.name, message, etag: member.version.etag, access: access(member),
        accessBefore: before, requestID: requestID)
    let sequence = try log.append(change)
    let recording = MemberStore.Recording(time: time, sequence: sequence, requestID: requestID)
    try store.replace(found, by: timeline, isDeleted: isDeleted, recording)
    return MemberStore.Found(number: found.number, createTime: found.createTime, member: member)
  }

  private func checkIdentifiers(of timeline: Timeline<MemberState>, _ id: ResourceID) throws {
    for identifier in Set(timeline.segments.flatMap(\.content.member.identifiers)) {
      if let owner = try store.find(identifier), owner != id {
        throw MembershipError.identifierTaken(identifier, by: owner)
      }
    }
  }

  private func message(_ member: RegisteredMember, createTime: RecordedTime)
    -> MembershipV1.Member
  {
    guard let segment = member.timeline.segment(nearest: today) else {
      return MembershipV1.Member()
    }
    let time = RecordedTime(microseconds: member.version.recordedAt)
    return MembershipV1.Member(
      MemberRecord(
        id: member.id, uid: member.uid, createTime: createTime, state: segment.content,
        period: segment.period, recordedFrom: time, recordedUntil: .forEver, updateTime: time,
        deleteTime: member.isDeleted ? time : nil, sequence: 0, requestID: requestID))
  }

  private func access(_ member: RegisteredMember) -> String {
    let level = member.timeline.segment(nearest: today)?.content.member.accessLevel
    return (level ?? .leadership).name
  }

  private static func makeUID() -> String {
    let digits = String(UInt128.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }
}
