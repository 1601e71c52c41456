internal import Storage

extension ChangeLog {
  /// Where the log ends.
  package func end() throws -> FeedPoint { try state().last }

  /// The number of the oldest entry that is kept, or the next if there is none.
  package func oldest() throws -> Int64 { try state().trimmed.sequence + 1 }

  /// The last change that was recorded at `time` or before: what a question "as of" then may see.
  package func sequence(asOf time: RecordedTime) throws -> Int64 {
    try transaction.rows(
      """
      SELECT sequence FROM feed_clock WHERE recorded_at <= \(time.microseconds)
      ORDER BY recorded_at DESC LIMIT 1
      """
    ).first?.int64("sequence") ?? 0
  }

  /// When a change was recorded; nil where there is no such change.
  package func recordedTime(of sequence: Int64) throws -> RecordedTime? {
    guard sequence > 0 else { return nil }
    let row = try transaction.rows(
      """
      SELECT recorded_at FROM feed_clock WHERE sequence >= \(sequence) ORDER BY sequence LIMIT 1
      """
    ).first
    return try row.map { RecordedTime(microseconds: try $0.int64("recorded_at")) }
  }

  /// Entries after a sequence, in order: at most `limit.count`, and no more once they take
  /// `limit.bytes`. Says what is no longer kept instead of skipping it.
  func page(after sequence: Int64, _ limit: PageLimit) throws -> [FeedEntry] {
    let state = try state()
    guard sequence >= state.trimmed.sequence else {
      throw EntriesTrimmed(oldest: state.trimmed.sequence + 1)
    }
    guard sequence < state.last.sequence else { return [] }
    return try read(after: sequence, limit)
  }

  private func read(after sequence: Int64, _ limit: PageLimit) throws -> [FeedEntry] {
    var entries: [FeedEntry] = []
    var bytes = 0
    do {
      try transaction.forEach(
        """
        SELECT * FROM feed_entry WHERE sequence > \(sequence) ORDER BY sequence
        LIMIT \(limit.count)
        """
      ) { row in
        let entry = try FeedEntry(row)
        guard entry.sequence == sequence + Int64(entries.count) + 1 else {
          throw StorageError.damaged("the feed lacks the change before \(entry.sequence)")
        }
        entries.append(entry)
        bytes += entry.byteCount
        if bytes >= limit.bytes { throw PageIsFull() }
      }
    } catch is PageIsFull {}
    return entries
  }
}

/// Ends the reading of rows.
struct PageIsFull: Error {}

/// How much is read, or kept, at once.
package struct PageLimit: Hashable, Sendable {
  package var count: Int
  package var bytes: Int

  package init(count: Int, bytes: Int) {
    self.count = count
    self.bytes = bytes
  }
}

/// What was asked for is no longer kept.
struct EntriesTrimmed: Error {
  let oldest: Int64
}

extension FeedEntry {
  init(_ row: Row) throws {
    guard let kind = ResourceChange.Kind(rawValue: try row.text("kind")) else {
      throw StorageError.damaged("a change of a kind that is none")
    }
    self.init(
      sequence: try row.int64("sequence"),
      recordedTime: RecordedTime(microseconds: try row.int64("recorded_at")),
      change: ResourceChange(
        kind, try row.text("name"), type: try row.text("type"),
        payload: try row.bytesIfPresent("payload"), etag: try row.text("etag"),
        access: try row.text("access"), accessBefore: try row.textIfPresent("access_before"),
        requestID: try row.text("request_id")))
  }
}
