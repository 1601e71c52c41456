import ChangeFeed
import MembershipDomain
package import Messages
package import RPC
import ResourceAPI
import Storage
import Vocabulary
import WellKnown

// Changes of members. A body runs in one transaction: rows, feed entry and the request's answer are
// kept together or not at all.

extension MembershipAPI {
  private typealias Methods = MembershipV1.MembershipServiceMethods

  package func createMember(_ request: MembershipV1.CreateMemberRequest, _ context: CallContext)
    async throws -> MembershipV1.Member
  {
    let caller = try context.registrar()
    var fields = RequestFields()
    let givenID = fields.newID(request.memberId, "member_id")
    let period = Period(from: fields.day(request.effectiveDate, "effective_date") ?? .distantPast)
    let languages = fields.languages(request.languageCode, context)
    try fields.check()
    let key = try RequestKey(
      request.requestId, of: request, Methods.createMember.name, caller: caller)
    var noted: [Violation] = []
    let member = Member(request.member ?? MembershipV1.Member(), &noted)

    return try await write(request.validateOnly, key) { [noted, today] register in
      let timeline = try RegisteredMember.admitting(
        member, during: period, noted: noted, sections: try register.sections())
      let id = try givenID ?? register.freeID(for: member)
      let found = try register.admit(id, timeline)
      return found.answer(on: period.dayShown(today), languages)
    }
  }

  package func updateMember(_ request: MembershipV1.UpdateMemberRequest, _ context: CallContext)
    async throws -> MembershipV1.Member
  {
    let caller = try context.registrar()
    let message = request.member ?? MembershipV1.Member()
    var fields = RequestFields()
    let id = fields.id(message.name, in: MemberRecord.namePrefix, "member.name")
    let period = fields.period(request.effectiveDate, request.effectiveUntil)
    let paths = fields.paths(request.updateMask)
    let languages = fields.languages(request.languageCode, context)
    guard let id else { throw RPCError.invalid(fields.violations) }
    try fields.check()
    let key = try RequestKey(
      request.requestId, of: request, Methods.updateMember.name, caller: caller)
    var noted: [Violation] = []
    let member = Member(message, &noted)
    if let paths { noted.removeAll { !$0.isOf(paths) } }
    let change = RegisteredMember.Change(
      paths ?? member.filledPaths, of: member, during: period)

    return try await write(request.validateOnly, key) { [noted, today] register in
      let found = try register.existing(id)
      let timeline = try found.member.updating(
        change, etag: message.etag, noted: noted, sections: try register.sections())
      return try register.update(found, to: timeline).answer(on: period.dayShown(today), languages)
    }
  }

  package func deleteMember(_ request: MembershipV1.DeleteMemberRequest, _ context: CallContext)
    async throws -> MembershipV1.Member
  {
    let caller = try context.registrar()
    var fields = RequestFields()
    let id = fields.id(request.name, in: MemberRecord.namePrefix, "name")
    let languages = fields.languages(request.languageCode, context)
    guard let id else { throw RPCError.invalid(fields.violations) }
    try fields.check()
    let key = try RequestKey(
      request.requestId, of: request, Methods.deleteMember.name, caller: caller)

    return try await write(request.validateOnly, key) { [today] register in
      let found = try register.existing(id)
      try found.member.deleting(etag: request.etag)
      return try register.delete(found).answer(on: today, languages)
    }
  }

  package func undeleteMember(
    _ request: MembershipV1.UndeleteMemberRequest, _ context: CallContext
  ) async throws -> MembershipV1.Member {
    let caller = try context.registrar()
    var fields = RequestFields()
    let id = fields.id(request.name, in: MemberRecord.namePrefix, "name")
    let languages = fields.languages(request.languageCode, context)
    guard let id else { throw RPCError.invalid(fields.violations) }
    try fields.check()
    let key = try RequestKey(
      request.requestId, of: request, Methods.undeleteMember.name, caller: caller)

    return try await write(request.validateOnly, key) { [today] register in
      let found = try register.existing(id)
      try found.member.undeleting(etag: request.etag)
      return try register.undelete(found).answer(on: today, languages)
    }
  }

  private func write(
    _ validateOnly: Bool, _ key: RequestKey?,
    _ body: @escaping @Sendable (MemberRegister) throws -> MembershipV1.Member
  ) async throws -> MembershipV1.Member {
    try await feed.write(once: key, validateOnly: validateOnly) { transaction, log in
      try body(MemberRegister(transaction, log, requestID: key?.id ?? ""))
    }
  }
}

extension MemberRegister {
  fileprivate func existing(_ id: ResourceID) throws -> StoredMember {
    guard let found = try find(id) else {
      throw MembershipError.memberNotFound(MemberRecord.namePrefix + id.description)
    }
    return found
  }
}

extension StoredMember {
  /// What is said of the member for a day, or for the nearest of which anything is said.
  func answer(on day: Day, _ languages: LanguagePreference) -> MembershipV1.Member {
    guard let record = record(nearest: day) else { return MembershipV1.Member() }
    return MembershipV1.Member(record, shown: languages)
  }
}

extension Violation {
  /// What a message says beside the fields that are to be changed is not asked for.
  fileprivate func isOf(_ paths: [MemberPath]) -> Bool {
    paths.contains { field.hasPrefix($0.description) }
  }
}

extension Period {
  /// The day for which the answer to a change is: today, or the nearest that the change concerns.
  fileprivate func dayShown(_ today: Day) -> Day {
    if contains(today) { return today }
    return from > today ? from : until.advanced(by: -1)
  }
}

extension RequestFields {
  private static let knownPaths =
    MemberPath.named.map(\.description).joined(separator: ", ")
    + ", display_name.values.LANGUAGE, and * for all"

  fileprivate mutating func period(_ from: GoogleType.Date?, _ until: GoogleType.Date?) -> Period {
    let period = Period(
      from: day(from, "effective_date") ?? .distantPast,
      until: day(until, "effective_until") ?? .distantFuture)
    if period.isEmpty {
      note(
        Violation("effective_until", .dateInvalid, "not behind effective_date: no day is between"))
    }
    return period
  }

  /// The fields to change; nil where the mask leaves that to the member.
  fileprivate mutating func paths(_ mask: GoogleProtobuf.FieldMask?) -> [MemberPath]? {
    guard let mask, !mask.paths.isEmpty else { return nil }
    if mask.paths.contains("*") { return MemberPath.fields }
    var paths: [MemberPath] = []
    let wanted = Set(mask.paths).subtracting(MemberPath.outputOnly)
    for text in wanted.sorted() {
      if let path = MemberPath(text) {
        paths.append(path)
      } else {
        let isFirst = !violations.contains { $0.reason == .pathUnknown }
        note(
          Violation(
            "update_mask", .pathUnknown,
            "\"\(text.printable)\" is no field of a member that can be changed"
              + (isFirst ? "; those are \(Self.knownPaths)" : "")))
      }
    }
    return paths
  }
}
