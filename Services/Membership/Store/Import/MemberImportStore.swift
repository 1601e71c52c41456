import ChangeFeed
import MembershipDomain
import Messages
import Protobuf
import ResourceAPI
import Storage
import Vocabulary

/// Plans of imports, as they are kept until they are applied or forgotten.
struct MemberImportStore {
  let transaction: any Transaction

  /// How long a plan is kept; and how long, after that, it is told that there was one.
  static let retention = Duration.seconds(86_400)
  static let memory = Duration.seconds(7 * 86_400)

  /// Plans that are kept at a time: for one more the oldest goes.
  static let maxImports = 1_000

  func begin(_ id: MemberImportID, sequence: Int64, at now: RecordedTime) throws {
    try makeRoom(at: now)
    try transaction.run(
      """
      INSERT INTO member_import (id, state, sequence, created_at, expires_at, creates, updates,
        no_ops, conflicts, probable_duplicates, invalids)
      VALUES (\(id.number), \(MemberImportRecord.State.receiving.rawValue), \(sequence),
        \(now.microseconds), \(now.advanced(by: Self.retention).microseconds), 0, 0, 0, 0, 0, 0)
      """)
  }

  /// Lets the oldest plan expire where there are too many, of those that were applied the last. One
  /// whose rows still come stays.
  private func makeRoom(at now: RecordedTime) throws {
    let kept = try transaction.rows(
      "SELECT COUNT(*) AS kept FROM member_import WHERE expires_at > \(now.microseconds)"
    ).first?.integer("kept")
    let tooMany = (kept ?? 0) - Self.maxImports + 1
    guard tooMany > 0 else { return }
    let expired = try transaction.run(
      """
      UPDATE member_import SET expires_at = \(now.microseconds) WHERE id IN (
        SELECT id FROM member_import WHERE expires_at > \(now.microseconds)
          AND state <> \(MemberImportRecord.State.receiving.rawValue)
        ORDER BY state, created_at LIMIT \(tooMany))
      """)
    guard expired == tooMany else {
      throw MemberImportError.tooManyImports(limit: Self.maxImports)
    }
  }

  func insert(_ planned: PlannedRow, of id: MemberImportID) throws {
    let (row, place) = (planned.row, planned.place)
    try transaction.run(
      """
      INSERT INTO member_import_row (import, place, number, action, member, entry, body)
      VALUES (\(id.number), \(place), \(row.number), \(planned.decision.action.rawValue),
        \(planned.member?.description ?? ""), \(MembershipV1.ImportEntry(planned).encoded()),
        \(planned.body))
      """)
    for key in planned.keys { try insert(key, of: row, at: place, id) }
  }

  private func insert(
    _ key: ImportKey, of row: ImportRow, at place: Int64, _ id: MemberImportID
  ) throws {
    let isName = if case .name = key { true } else { false }
    let location = isName ? row.member.location : nil
    let identifiers = isName ? row.member.identifiers.map(\.description) : []
    try transaction.run(
      """
      INSERT INTO member_import_key (import, claim, place, latitude, longitude, identifiers)
      VALUES (\(id.number), \(key.description), \(place), \((location?.latitude).sqlValue),
        \((location?.longitude).sqlValue), \(identifiers.joined(separator: "\n")))
      """)
  }

  func finish(_ id: MemberImportID, _ counts: ImportCounts) throws {
    try transaction.run(
      """
      UPDATE member_import SET state = \(MemberImportRecord.State.planned.rawValue),
        creates = \(counts[.create]), updates = \(counts[.update]), no_ops = \(counts[.noOp]),
        conflicts = \(counts[.conflict]), probable_duplicates = \(counts[.probableDuplicate]),
        invalids = \(counts[.invalid])
      WHERE id = \(id.number)
      """)
  }

  func markApplied(_ id: MemberImportID, at time: RecordedTime) throws {
    try transaction.run(
      """
      UPDATE member_import SET state = \(MemberImportRecord.State.applied.rawValue),
        applied_at = \(time.microseconds)
      WHERE id = \(id.number)
      """)
  }

  /// Throws where there is none that a caller may know of, or no more.
  func existing(_ id: MemberImportID, at now: RecordedTime) throws -> MemberImportRecord {
    let row = try transaction.rows("SELECT * FROM member_import WHERE id = \(id.number)").first
    guard let record = try row.map(MemberImportRecord.init), record.state != .receiving else {
      throw MemberImportError.notFound(id.name)
    }
    guard now < record.expireTime else { throw MemberImportError.expired(id.name) }
    return record
  }

  // MARK: Rows

  /// An entry and where it stands.
  struct Entry: Hashable, Sendable {
    let place: Int64
    let message: MembershipV1.ImportEntry
    /// What it takes in a message.
    let byteCount: Int
  }

  /// Entries in the order of their rows, behind a place: at most `limit`, and one that is too many
  /// once they take `bytes`.
  func entries(
    of id: MemberImportID, _ actions: [ImportDecision.Action], after place: Int64, limit: Int,
    bytes: Int
  ) throws -> [Entry] {
    var entries: [Entry] = []
    var total = 0
    try upToEnough {
      try transaction.forEach(
        """
        SELECT place, entry FROM member_import_row
        WHERE import = \(id.number) AND place > \(place)
          AND action IN (\(list: actions.map(\.rawValue)))
        ORDER BY place LIMIT \(limit)
        """
      ) { row in
        let bytesOfEntry = try row.bytes("entry")
        entries.append(
          Entry(
            place: try row.int64("place"),
            message: try decoded(bytesOfEntry, "entry of \(id.name)"),
            byteCount: bytesOfEntry.count))
        guard total < bytes else { throw Enough() }
        total += bytesOfEntry.count
      }
    }
    return entries
  }

  /// What a row does to the register.
  struct Step: Hashable, Sendable {
    let place: Int64
    let makesMember: Bool
    let id: ResourceID
    let member: Member
  }

  /// Steps in the order of their rows, behind a place: at most `limit`, and no more once they take
  /// `bytes`.
  func steps(
    of id: MemberImportID, _ actions: [ImportDecision.Action], after place: Int64, limit: Int,
    bytes: Int
  ) throws -> [Step] {
    var steps: [Step] = []
    var total = 0
    try upToEnough {
      try transaction.forEach(
        """
        SELECT place, action, member, body FROM member_import_row
        WHERE import = \(id.number) AND place > \(place)
          AND action IN (\(list: actions.map(\.rawValue)))
        ORDER BY place LIMIT \(limit)
        """
      ) { row in
        let body = try row.bytes("body")
        steps.append(try step(row, body))
        total += body.count
        guard total < bytes else { throw Enough() }
      }
    }
    return steps
  }

  private func step(_ row: Row, _ body: [UInt8]) throws -> Step {
    let message: MembershipV1.Member = try decoded(body, "row of an import")
    var violations: [Violation] = []
    let member = Member(message, &violations)
    guard let id = ResourceID(try row.text("member")), violations.isEmpty,
      let action = ImportDecision.Action(rawValue: try row.integer("action"))
    else { throw StorageError.damaged("a row of an import breaks its own rules") }
    return Step(
      place: try row.int64("place"), makesMember: action != .update, id: id, member: member)
  }

  private func decoded<M: Message>(_ bytes: [UInt8], _ what: String) throws -> M {
    do throws(DecodingError) {
      return try M(decoding: bytes)
    } catch { throw StorageError.damaged("the \(what): \(error)") }
  }

  private func upToEnough(_ body: () throws -> Void) throws {
    do { try body() } catch is Enough {}
  }

  /// Ends the reading of rows.
  private struct Enough: Error {}

  // MARK: Forgetting

  /// What one transaction deletes at most, so that other writers need not wait.
  static let forgetStep = 1_000

  /// Deletes keys of an import; returns whether there may be more.
  func forgetKeys(of id: MemberImportID) throws -> Bool {
    try transaction.run(
      """
      DELETE FROM member_import_key WHERE import = \(id.number) AND (claim, place) IN (
        SELECT claim, place FROM member_import_key WHERE import = \(id.number)
        LIMIT \(Self.forgetStep))
      """) == Self.forgetStep
  }

  /// Deletes rows of an import; returns whether there may be more.
  func forgetRows(of id: MemberImportID) throws -> Bool {
    try transaction.run(
      """
      DELETE FROM member_import_row WHERE import = \(id.number) AND place IN (
        SELECT place FROM member_import_row WHERE import = \(id.number)
        ORDER BY place LIMIT \(Self.forgetStep))
      """) == Self.forgetStep
  }

  func forget(_ id: MemberImportID) throws {
    try transaction.run("DELETE FROM member_import WHERE id = \(id.number)")
  }

  /// The imports that expired and have something to forget, the oldest first.
  func expired(at now: RecordedTime) throws -> [MemberImportID] {
    try transaction.rows(
      """
      SELECT i.id FROM member_import i WHERE i.expires_at <= \(now.microseconds)
        AND (i.expires_at <= \(now.advanced(by: .zero - Self.memory).microseconds)
          OR i.state = \(MemberImportRecord.State.receiving.rawValue)
          OR EXISTS (SELECT 1 FROM member_import_row r WHERE r.import = i.id)
          OR EXISTS (SELECT 1 FROM member_import_key k WHERE k.import = i.id))
      ORDER BY i.expires_at LIMIT \(Self.maxImports)
      """
    ).map { MemberImportID(number: try $0.int64("id")) }
  }

  /// Deletes what is left of imports that expired long ago, or never became a plan.
  func forgetExpired(at now: RecordedTime) throws {
    try transaction.run(
      """
      DELETE FROM member_import WHERE expires_at <= \(now.microseconds)
        AND (expires_at <= \(now.advanced(by: .zero - Self.memory).microseconds)
          OR state = \(MemberImportRecord.State.receiving.rawValue))
      """)
  }
}

extension PlannedRow {
  /// What applying the row needs; nothing where that is not done.
  fileprivate var body: SQLValue {
    guard decision.makesMember || decision.action == .update else { return .null }
    return .bytes(MembershipV1.Member(saying: row.member).encoded())
  }
}
