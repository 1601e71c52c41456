import ChangeFeed
import MembershipDomain
import Messages
import ResourceAPI
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

  /// A write of a caller: its day is that of the time it is recorded at, so the day of a member's
  /// last change is the day of which the feed shows it.
  init(_ transaction: any Transaction, _ log: ChangeLog, requestID: String) throws {
    self.init(
      transaction, log, today: try log.recordingTime().day, requestID: requestID)
  }

  /// The names of the sections that there are.
  func sections() throws -> Set<String> { try store.sections() }

  func find(_ id: ResourceID) throws -> StoredMember? { try store.find(id) }

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

  static let idPrefix = ResourceID("member")!
  private static let maxNamesakes = 10_000

  /// Enters a new member and returns it.
  func admit(_ id: ResourceID, _ timeline: Timeline<MemberState>) throws -> StoredMember {
    if try store.contains(id) {
      let there = try store.find(id)
      throw MembershipError.memberExists(id, isDeleted: there?.member.isDeleted ?? false)
    }
    try checkIdentifiers(of: timeline, id)
    let time = try log.recordingTime()
    let member = RegisteredMember(
      id: id, uid: Self.makeUID(), version: .init(recordedAt: time.microseconds),
      isDeleted: false, timeline: timeline)
    let sequence = try log.append(change(.created, nil, member, createTime: time))
    try store.insert(
      id, uid: member.uid, timeline,
      MemberStore.Recording(time: time, sequence: sequence, requestID: requestID))
    return StoredMember(number: sequence, createTime: time, member: member)
  }

  /// Records what is said of a member from now on, if that is something else, and returns it.
  func update(_ stored: StoredMember, to timeline: Timeline<MemberState>) throws -> StoredMember {
    guard timeline != stored.member.timeline else { return stored }
    return try record(.updated, stored, timeline, isDeleted: false)
  }

  func delete(_ stored: StoredMember) throws -> StoredMember {
    try record(.deleted, stored, stored.member.timeline, isDeleted: true)
  }

  func undelete(_ stored: StoredMember) throws -> StoredMember {
    try record(.undeleted, stored, stored.member.timeline, isDeleted: false)
  }

  /// The feed shows the member of today, whom no write has changed since `last`.
  func tellAgain(_ stored: StoredMember, since last: Day) throws {
    var change = change(.updated, stored.member, stored.member, createTime: stored.createTime)
    change.accessBefore = access(stored.member, on: last)
    try log.append(change)
  }

  /// What midnight changed of a member is told before what is changed now.
  private func catchUp(_ stored: StoredMember) throws {
    guard !stored.member.isDeleted else { return }
    let shown = try RegisterDay(transaction: log.transaction).shown(stored)
    let begins = stored.member.timeline.segments.contains {
      $0.period.from > shown && $0.period.from <= today
    }
    if begins { try tellAgain(stored, since: shown) }
  }

  private func record(
    _ kind: ResourceChange.Kind, _ stored: StoredMember, _ timeline: Timeline<MemberState>,
    isDeleted: Bool
  ) throws -> StoredMember {
    try checkIdentifiers(of: timeline, stored.id)
    try catchUp(stored)
    let time = try log.recordingTime()
    let member = RegisteredMember(
      id: stored.id, uid: stored.member.uid, version: .init(recordedAt: time.microseconds),
      isDeleted: isDeleted, timeline: timeline)
    let sequence = try log.append(
      change(kind, stored.member, member, createTime: stored.createTime))
    try store.replace(
      stored, by: timeline, isDeleted: isDeleted,
      MemberStore.Recording(time: time, sequence: sequence, requestID: requestID))
    try restrictFeed(of: member)
    return StoredMember(number: stored.number, createTime: stored.createTime, member: member)
  }

  /// What the feed told of before is of its history, too.
  private func restrictFeed(of member: RegisteredMember) throws {
    guard let access = member.timeline.access else { return }
    try log.restrict(
      MemberRecord.namePrefix + member.id.description,
      from: AccessLevel.allCases.filter { $0 < access }.map(\.name), to: access.name)
  }

  private func checkIdentifiers(of timeline: Timeline<MemberState>, _ id: ResourceID) throws {
    for identifier in Set(timeline.segments.flatMap(\.content.member.identifiers)) {
      if let owner = try store.find(identifier), owner != id {
        throw MembershipError.identifierTaken(identifier, by: owner)
      }
    }
  }

  /// The change as the feed tells it.
  private func change(
    _ kind: ResourceChange.Kind, _ before: RegisteredMember?, _ member: RegisteredMember,
    createTime: RecordedTime
  ) -> ResourceChange {
    let etag = member.version.etag
    let accessBefore = before.flatMap { $0.isDeleted ? nil : access($0) }
    let stored = StoredMember(number: 0, createTime: createTime, member: member)
    guard kind != .deleted, let record = stored.record(nearest: today) else {
      return ResourceChange(
        deleted: MemberRecord.namePrefix + member.id.description,
        type: MembershipV1.Member.messageName, etag: etag, accessBefore: accessBefore,
        requestID: requestID)
    }
    return ResourceChange(
      kind, record.name, MembershipV1.Member(record), etag: etag, access: access(member),
      accessBefore: accessBefore, requestID: requestID)
  }

  private func access(_ member: RegisteredMember, on day: Day? = nil) -> String {
    let level = member.timeline.segment(nearest: day ?? today)?.content.member.readers
    return (level ?? .leadership).name
  }

  /// 128 random bits.
  private static func makeUID() -> String {
    let digits = String(UInt128.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }
}
