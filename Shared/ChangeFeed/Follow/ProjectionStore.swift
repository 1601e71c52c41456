package import Messages
package import Protobuf
package import Storage
internal import WellKnown

/// Keeps what a service knows of another: its resources as rows of the own store, with the cursor
/// they stand at.
///
/// Rows carry the number of the snapshot that last named them. When a snapshot is whole, those that
/// it did not name are gone; until then they stay, so nobody ever reads an empty register.
package struct ProjectionStore: FeedSink {
  /// More to do with a change in its transaction; of a resource that a snapshot no longer names it
  /// is told as deleted.
  package typealias Also = @Sendable (any Transaction, FeedV1.Change) throws -> Void

  private let database: any Database
  private let feed: String
  private let also: Also?

  /// `feed` names whom the rows come from, `membership`.
  package init(_ database: any Database, feed: String, also: Also? = nil) {
    self.database = database
    self.feed = feed
    self.also = also
  }

  package static let schema = """
    CREATE TABLE projection_feed (
      feed TEXT PRIMARY KEY,
      cursor TEXT NOT NULL,
      snapshot BIGINT NOT NULL,
      is_whole BOOLEAN NOT NULL
    );
    CREATE TABLE projection (
      feed TEXT NOT NULL,
      name TEXT NOT NULL,
      type TEXT NOT NULL,
      payload BYTEA NOT NULL,
      etag TEXT NOT NULL,
      sequence BIGINT NOT NULL,
      recorded_at BIGINT NOT NULL,
      snapshot BIGINT NOT NULL,
      PRIMARY KEY (feed, name)
    );
    CREATE INDEX projection_snapshot ON projection (feed, snapshot);
    """

  package static func migration(version: Int) -> Migration {
    Migration(version: version, name: "projection", sql: schema)
  }

  package func cursor() async throws -> String? {
    try await database.read { [feed] in try Standing.of(feed, $0)?.cursor }
  }

  package func isWhole() async throws -> Bool { try await database.read { try isWhole($0) } }

  package func apply(_ batch: FeedBatch) async throws {
    try await database.transaction { transaction in
      var standing = try Standing.of(feed, transaction) ?? Standing()
      if batch.beginsSnapshot { standing.snapshot += 1 }
      for change in batch.changes { try apply(change, standing.snapshot, transaction) }
      if batch.endsSnapshot {
        try sweep(standing.snapshot, transaction)
        standing.isWhole = true
      }
      standing.cursor = batch.cursor
      try standing.keep(feed, transaction)
    }
  }

  private func apply(_ change: FeedV1.Change, _ snapshot: Int64, _ transaction: any Transaction)
    throws
  {
    if let resource = change.resource {
      let recorded = change.recordedTime.flatMap(RecordedTime.init) ?? .origin
      try transaction.run(
        """
        INSERT INTO projection (feed, name, type, payload, etag, sequence, recorded_at, snapshot)
        VALUES (\(feed), \(change.resourceName), \(resource.messageName), \(resource.value),
          \(change.etag), \(change.sequence), \(recorded.microseconds), \(snapshot))
        ON CONFLICT (feed, name) DO UPDATE SET type = excluded.type, payload = excluded.payload,
          etag = excluded.etag, sequence = excluded.sequence, recorded_at = excluded.recorded_at,
          snapshot = excluded.snapshot
        """)
    } else {
      try transaction.run(
        "DELETE FROM projection WHERE feed = \(feed) AND name = \(change.resourceName)")
    }
    try also?(transaction, change)
  }

  /// Removes what the snapshot did not name.
  private func sweep(_ snapshot: Int64, _ transaction: any Transaction) throws {
    if let also {
      var after = ""
      while true {
        let rows = try transaction.rows(
          """
          SELECT name, type FROM projection
          WHERE feed = \(feed) AND snapshot < \(snapshot) AND name > \(after)
          ORDER BY name LIMIT \(Self.sweepStep)
          """)
        for row in rows {
          after = try row.text("name")
          try also(
            transaction,
            FeedV1.Change(kind: .deleted, resourceName: after, resourceType: try row.text("type")))
        }
        guard rows.count == Self.sweepStep else { break }
      }
    }
    try transaction.run("DELETE FROM projection WHERE feed = \(feed) AND snapshot < \(snapshot)")
  }

  private static let sweepStep = 500

  // What is known.

  /// Whether a snapshot was ever taken in to its end: before, what is not here may still exist.
  package func isWhole(_ transaction: any Transaction) throws -> Bool {
    try Standing.of(feed, transaction)?.isWhole ?? false
  }

  package func find(_ name: String, _ transaction: any Transaction) throws -> ProjectedResource? {
    try transaction.rows("SELECT * FROM projection WHERE feed = \(feed) AND name = \(name)")
      .first.map(ProjectedResource.init)
  }

  /// Every resource, in the order of their names.
  package func forEach(
    _ transaction: any Transaction, _ body: (ProjectedResource) throws -> Void
  ) throws {
    try transaction.forEach("SELECT * FROM projection WHERE feed = \(feed) ORDER BY name") {
      try body(ProjectedResource($0))
    }
  }
}

/// A resource of another service, as it was when last heard of.
package struct ProjectedResource: Sendable, Hashable {
  package let name: String
  /// Full name of the resource's message.
  package let type: String
  package let payload: [UInt8]
  package let etag: String
  /// Of its last change, in the other service's counting.
  package let lastChange: FeedPoint

  init(_ row: Row) throws {
    name = try row.text("name")
    type = try row.text("type")
    payload = try row.bytes("payload")
    etag = try row.text("etag")
    lastChange = FeedPoint(
      sequence: try row.int64("sequence"),
      recordedTime: RecordedTime(microseconds: try row.int64("recorded_at")))
  }

  /// Nil when it is of another type.
  package func message<Resource: Message>(as _: Resource.Type = Resource.self) throws -> Resource? {
    guard type == Resource.messageName else { return nil }
    return try Resource(decoding: payload)
  }
}

/// How far a projection is.
private struct Standing {
  var cursor: String?
  /// Counts the snapshots that were begun.
  var snapshot: Int64 = 0
  var isWhole = false

  static func of(_ feed: String, _ transaction: any Transaction) throws -> Standing? {
    let row = try transaction.rows("SELECT * FROM projection_feed WHERE feed = \(feed)").first
    return try row.map { row in
      Standing(
        cursor: try row.text("cursor"), snapshot: try row.int64("snapshot"),
        isWhole: try row.bool("is_whole"))
    }
  }

  func keep(_ feed: String, _ transaction: any Transaction) throws {
    try transaction.run(
      """
      INSERT INTO projection_feed (feed, cursor, snapshot, is_whole)
      VALUES (\(feed), \(cursor ?? ""), \(snapshot), \(isWhole))
      ON CONFLICT (feed) DO UPDATE SET cursor = excluded.cursor, snapshot = excluded.snapshot,
        is_whole = excluded.is_whole
      """)
  }
}
