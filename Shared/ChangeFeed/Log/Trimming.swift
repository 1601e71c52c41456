internal import Storage

extension ChangeLog {
  /// Deletes up to `limit` of the oldest entries that `retention` lets go, and returns how many.
  /// The clock stays whole.
  package func trim(_ retention: Retention, now: RecordedTime, limit: Int) throws -> Int {
    let state = try state()
    let cutoff = retention.cutoff(now: now, lastRecorded: state.last.recordedTime)
    let latest = min(
      state.trimmed.sequence + Int64(limit), state.last.sequence - retention.count)
    guard latest > state.trimmed.sequence else { return 0 }
    let row = try transaction.rows(
      """
      SELECT sequence, recorded_at FROM feed_entry
      WHERE sequence > \(state.trimmed.sequence) AND sequence <= \(latest)
        AND recorded_at < \(cutoff.microseconds)
      ORDER BY sequence DESC LIMIT 1
      """
    ).first
    guard let row else { return 0 }
    let sequence = try row.int64("sequence")
    try transaction.run("DELETE FROM feed_entry WHERE sequence <= \(sequence)")
    try transaction.run(
      """
      UPDATE feed_state
      SET trimmed_sequence = \(sequence), trimmed_recorded = \(try row.int64("recorded_at"))
      """)
    return Int(sequence - state.trimmed.sequence)
  }
}

extension RequestLog {
  /// Forgets up to `limit` requests that are older than `age`, and returns how many.
  package func trim(olderThan age: Duration, now: RecordedTime, limit: Int) throws -> Int {
    try transaction.run(
      """
      DELETE FROM request_record WHERE (method, request_id) IN (
        SELECT method, request_id FROM request_record
        WHERE recorded_at < \(now.advanced(by: .zero - age).microseconds)
        ORDER BY recorded_at LIMIT \(limit))
      """)
  }
}
