package import Storage

/// The changes of a service, numbered without a gap in the order of their commits, as one
/// transaction sees and adds to them.
///
/// The number is taken in the transaction of the write itself, under a lock that it holds until its
/// end: what fails takes no number, and nobody sees a later number before an earlier one. Each
/// transaction has one recorded time, later than that of every transaction before it whatever the
/// wall clock says, so a moment of the recorded clock never cuts a transaction in two.
package final class ChangeLog {
  package let transaction: any Transaction
  private let now: RecordedTime
  /// When this transaction is recorded, once it has recorded something.
  private var recordedTime: RecordedTime?
  /// The transaction changed who may see what the log tells already.
  private(set) var hasRestricted = false

  /// To be made once for each transaction.
  package init(_ transaction: any Transaction, now: RecordedTime = .now) {
    self.transaction = transaction
    self.now = now
  }

  /// Adds a change and returns its number, which rises by one with each change.
  @discardableResult
  package func append(_ change: ResourceChange) throws -> Int64 {
    try append(contentsOf: [change]).sequence
  }

  /// Adds changes in their order, and returns where the log then ends.
  @discardableResult
  package func append(contentsOf changes: [ResourceChange]) throws -> FeedPoint {
    for change in changes { try change.check() }
    let end = try takeNumbers(changes.count)
    guard !changes.isEmpty else { return end }
    let first = end.sequence - Int64(changes.count) + 1
    for (sequence, change) in zip(first..., changes) {
      try insert(FeedEntry(sequence: sequence, recordedTime: end.recordedTime, change: change))
    }
    try transaction.run(
      """
      INSERT INTO feed_clock (recorded_at, sequence)
      VALUES (\(end.recordedTime.microseconds), \(end.sequence))
      ON CONFLICT (recorded_at) DO UPDATE SET sequence = excluded.sequence
      """)
    return end
  }

  /// The point that the next change of this transaction would be recorded at, or the last one was:
  /// for rows that are written before their change.
  package func recordingTime() throws -> RecordedTime {
    if let recordedTime { return recordedTime }
    let last = try state().last.recordedTime
    let time = max(now, RecordedTime(microseconds: last.microseconds + 1))
    recordedTime = time
    return time
  }

  /// Of what the log tells of a resource already, what was to be seen with one of these accesses is
  /// from now on seen as `access` says. Who saw it before a change still hears that it is gone.
  package func restrict(_ name: String, from accesses: [String], to access: String) throws {
    guard !accesses.isEmpty else { return }
    let changed = try transaction.run(
      """
      UPDATE feed_entry SET access = \(access)
      WHERE name = \(name)
        AND access IN (\(SQL.joined(accesses.map { "\($0)" }, by: ", ")))
      """)
    if changed > 0 { hasRestricted = true }
  }

  /// Counts up, which keeps every other writer waiting until this transaction ends.
  private func takeNumbers(_ count: Int) throws -> FeedPoint {
    let time = try recordingTime()
    let row = try transaction.rows(
      """
      UPDATE feed_state
      SET last_sequence = last_sequence + \(count), last_recorded = \(time.microseconds)
      RETURNING last_sequence
      """
    ).first
    guard let row else { throw StorageError.failed("the feed was never opened") }
    return FeedPoint(sequence: try row.int64("last_sequence"), recordedTime: time)
  }

  private func insert(_ entry: FeedEntry) throws {
    let change = entry.change
    try transaction.run(
      """
      INSERT INTO feed_entry (sequence, recorded_at, kind, name, type, payload, etag, request_id,
        access, access_before)
      VALUES (\(entry.sequence), \(entry.recordedTime.microseconds), \(change.kind.rawValue),
        \(change.name), \(change.type), \(change.payload), \(change.etag), \(change.requestID),
        \(change.access), \(change.accessBefore))
      """)
  }

  func state() throws -> FeedState {
    guard let row = try transaction.rows("SELECT * FROM feed_state").first else {
      throw StorageError.failed("the feed was never opened")
    }
    return try FeedState(row)
  }
}

/// The row that says where the log begins and ends.
struct FeedState: Hashable, Sendable {
  /// Random, made with the store: the name of this feed in cursors.
  let epoch: UInt64
  let last: FeedPoint
  /// The last entry that was trimmed; the start while none was.
  let trimmed: FeedPoint

  init(_ row: Row) throws {
    guard let epoch = UInt64(try row.text("epoch"), radix: 16) else {
      throw StorageError.failed("the feed's epoch is no number")
    }
    self.epoch = epoch
    last = FeedPoint(
      sequence: try row.int64("last_sequence"),
      recordedTime: RecordedTime(microseconds: try row.int64("last_recorded")))
    trimmed = FeedPoint(
      sequence: try row.int64("trimmed_sequence"),
      recordedTime: RecordedTime(microseconds: try row.int64("trimmed_recorded")))
  }
}

extension ResourceChange {
  /// Bytes of a payload. It has to fit into one message of the feed.
  package static let maxPayloadBytes = 3 << 20
  /// Bytes of a name. It has to fit into a cursor.
  package static let maxNameBytes = 1024

  func check() throws(StorageError) {
    guard (payload == nil) == (kind == .deleted) else {
      throw .failed("a change that is \(kind) has \(payload == nil ? "no" : "a") payload")
    }
    guard 1...Self.maxNameBytes ~= name.utf8.count else {
      throw .failed("a name of \(name.utf8.count) bytes in the feed")
    }
    guard (payload?.count ?? 0) <= Self.maxPayloadBytes else { throw .valueTooLarge }
  }
}
