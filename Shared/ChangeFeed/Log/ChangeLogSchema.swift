package import Storage

extension ChangeLog {
  /// The tables of the log, of its clock and of the requests. Each service has them in one step of
  /// its own store, and never edits them there.
  package static let schema = """
    CREATE TABLE feed_state (
      id BIGINT PRIMARY KEY CHECK (id = 1),
      epoch TEXT NOT NULL,
      last_sequence BIGINT NOT NULL,
      last_recorded BIGINT NOT NULL,
      trimmed_sequence BIGINT NOT NULL,
      trimmed_recorded BIGINT NOT NULL
    );
    CREATE TABLE feed_entry (
      sequence BIGINT PRIMARY KEY,
      recorded_at BIGINT NOT NULL,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      type TEXT NOT NULL,
      payload BYTEA,
      etag TEXT NOT NULL,
      request_id TEXT NOT NULL,
      access TEXT NOT NULL,
      access_before TEXT
    );
    CREATE TABLE feed_clock (
      recorded_at BIGINT PRIMARY KEY,
      sequence BIGINT NOT NULL
    );
    CREATE INDEX feed_entry_name ON feed_entry (name);
    CREATE UNIQUE INDEX feed_clock_sequence ON feed_clock (sequence);
    CREATE TABLE request_record (
      method TEXT NOT NULL,
      request_id TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      response BYTEA,
      recorded_at BIGINT NOT NULL,
      PRIMARY KEY (method, request_id)
    );
    CREATE INDEX request_record_age ON request_record (recorded_at);
    """

  package static func migration(version: Int) -> Migration {
    Migration(version: version, name: "feed", sql: schema)
  }

  /// Names the feed, once in the life of a store.
  static func prepare(_ transaction: any Transaction, epoch: UInt64) throws {
    try transaction.run(
      """
      INSERT INTO feed_state (id, epoch, last_sequence, last_recorded, trimmed_sequence,
        trimmed_recorded)
      VALUES (1, \(String(epoch, radix: 16)), 0, 0, 0, 0)
      ON CONFLICT (id) DO NOTHING
      """)
  }

  /// Names the feed anew, so that every consumer begins again with a snapshot: for a store that was
  /// restored or repaired by hand.
  package func renewEpoch(_ epoch: UInt64 = .random(in: .min ... .max)) throws {
    try transaction.run("UPDATE feed_state SET epoch = \(String(epoch, radix: 16))")
  }
}
