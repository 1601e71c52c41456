import ChangeFeed
import MembershipDomain
import Storage
import Vocabulary

/// Plans an import while its rows come, some at a time: whatever their number, only those of one
/// batch are in memory.
///
/// A batch is decided on a snapshot of the store, beside which others write, and then kept. All
/// batches see the register as it was when the plan was begun: if it moves meanwhile, there is no
/// plan, because no register is there that it would be true of.
struct ImportPlanner {
  let id = MemberImportID.random()
  private let database: any Database
  private let clock: @Sendable () -> RecordedTime
  private let sequence: Int64
  private var waiting: [ImportRow] = []
  private var waitingBytes = 0
  private var desk = Desk()

  /// What is decided, and kept, at once.
  static let batchRows = 250
  static let batchBytes = 1 << 20
  /// Applying them is one transaction, for which other writers wait.
  static let maxRows = 100_000

  init(_ database: any Database, clock: @escaping @Sendable () -> RecordedTime) async throws {
    self.database = database
    self.clock = clock
    sequence = try await database.transaction { [id] transaction in
      let sequence = try ChangeLog(transaction).end().sequence
      try MemberImportStore(transaction: transaction).begin(id, sequence: sequence, at: clock())
      return sequence
    }
  }

  /// Rows taken so far.
  var count: Int { desk.counts.rows + waiting.count }

  /// Takes a row that came as so many bytes.
  mutating func take(_ row: ImportRow, bytes: Int) async throws {
    guard count < Self.maxRows else { throw MemberImportError.tooManyRows(limit: Self.maxRows) }
    waiting.append(row)
    waitingBytes += bytes
    guard waiting.count >= Self.batchRows || waitingBytes >= Self.batchBytes else { return }
    try await decideWaiting()
  }

  /// Makes it a plan that others may see.
  mutating func finish() async throws -> MemberImportRecord {
    try await decideWaiting()
    try await forgetAll { try $0.forgetKeys(of: $1) }
    return try await database.transaction { [id, sequence, counts = desk.counts, clock] in
      try Self.check(sequence, $0)
      let store = MemberImportStore(transaction: $0)
      try store.finish(id, counts)
      return try store.existing(id, at: clock())
    }
  }

  /// Leaves nothing of it.
  func abandon() async throws {
    try await forgetAll { try $0.forgetKeys(of: $1) }
    try await forgetAll { try $0.forgetRows(of: $1) }
    try await database.transaction { [id] in
      try MemberImportStore(transaction: $0).forget(id)
    }
  }

  private mutating func decideWaiting() async throws {
    guard !waiting.isEmpty else { return }
    let (planned, desk) = try await database.read {
      [id, sequence, waiting, desk] transaction in
      try Self.check(sequence, transaction)
      var desk = desk
      let lookup = ImportLookup(transaction: transaction, id: id)
      return (try desk.decide(waiting, lookup), desk)
    }
    try await database.transaction { [id] transaction in
      let store = MemberImportStore(transaction: transaction)
      for row in planned { try store.insert(row, of: id) }
    }
    self.desk = desk
    waiting.removeAll(keepingCapacity: true)
    waitingBytes = 0
  }

  private static func check(_ planned: Int64, _ transaction: any Transaction) throws {
    let current = try ChangeLog(transaction).end().sequence
    guard current == planned else {
      throw MemberImportError.registerMovedMeanwhile(planned: planned, current: current)
    }
  }

  private func forgetAll(
    _ step: @escaping @Sendable (MemberImportStore, MemberImportID) throws -> Bool
  ) async throws {
    try await MemberImportStore.forgetAll(of: id, in: database, step)
  }
}

/// What goes from one batch to the next.
private struct Desk {
  private(set) var counts = ImportCounts()
  /// The last number that was put behind a name, so that the next of that name need not try all.
  private var numbers: [ResourceID: Int] = [:]

  /// More are not remembered, only found again.
  private static let maxNumbers = 10_000
  private static let maxNumber = 1_000_000

  mutating func decide(_ rows: [ImportRow], _ lookup: ImportLookup) throws -> [PlannedRow] {
    let wanted = rows.map { row in
      row.id
        ?? ResourceID(from: row.member.displayName.original, prefix: MemberRegister.idPrefix)
    }
    var context = try lookup.context(around: rows, newIDs: wanted)
    context.taken = try lookup.taken(wanted)
    return try zip(rows, wanted).map { row, wanted in
      let decision = context.decide(row)
      let member =
        decision.makesMember
        ? try row.id ?? freeID(wanted, context, lookup) : decision.member
      let keys = context.enter(row, decision, of: member)
      counts[decision.action] += 1
      return PlannedRow(
        place: Int64(counts.rows), row: row, decision: decision, member: member, keys: keys)
    }
  }

  /// The name made from the member's own, or that with a number, which nobody has.
  private mutating func freeID(
    _ wanted: ResourceID, _ context: ImportContext, _ lookup: ImportLookup
  ) throws -> ResourceID {
    guard context.isTaken(wanted) else { return wanted }
    if numbers.count > Self.maxNumbers { numbers = [:] }
    for number in (numbers[wanted, default: 1] + 1)...Self.maxNumber {
      let id = wanted.numbered(number)
      if try !context.isTaken(id) && !lookup.isTaken(id) {
        numbers[wanted] = number
        return id
      }
    }
    throw MembershipError.memberExists(wanted, isDeleted: false)
  }
}

extension MemberImportStore {
  /// Deletes in steps, between which others write.
  static func forgetAll(
    of id: MemberImportID, in database: any Database,
    _ step: @escaping @Sendable (MemberImportStore, MemberImportID) throws -> Bool
  ) async throws {
    while try await database.transaction({ try step(MemberImportStore(transaction: $0), id) }) {}
  }

  /// Forgets what expired.
  static func trim(_ database: any Database, at now: RecordedTime) async throws {
    let expired = try await database.read {
      try MemberImportStore(transaction: $0).expired(at: now)
    }
    for id in expired {
      try await forgetAll(of: id, in: database) { try $0.forgetKeys(of: $1) }
      try await forgetAll(of: id, in: database) { try $0.forgetRows(of: $1) }
    }
    guard !expired.isEmpty else { return }
    try await database.transaction {
      try MemberImportStore(transaction: $0).forgetExpired(at: now)
    }
  }
}
