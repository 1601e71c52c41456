import ChangeFeed
import Messages
import Protobuf
import RPC
import Storage
import Synchronization
import WellKnown

/// A small service as every service is built: rows with their history in two collections, written
/// through its feed. Words are texts, counts are numbers.
struct Register: Sendable {
  let feed: FeedServer

  static let migrations = [
    Migration(
      version: 1, name: "register",
      sql: """
        CREATE TABLE thing (
          name TEXT NOT NULL,
          payload BYTEA NOT NULL,
          access TEXT NOT NULL,
          since BIGINT NOT NULL,
          recorded_at BIGINT NOT NULL,
          until BIGINT,
          PRIMARY KEY (name, since)
        );
        """),
    ChangeLog.migration(version: 2),
  ]

  static let watchChanges = FeedFollower.Method("/test.Register/WatchChanges", .serverStreaming)
  static let words = "google.protobuf.StringValue"
  static let counts = "google.protobuf.Int64Value"

  init(
    _ database: any Database, _ settings: FeedSettings = FeedSettings(),
    clock: @escaping @Sendable () -> RecordedTime = { .now }
  ) async throws {
    feed = try await FeedServer(
      database,
      [
        Self.collection(Self.words, "words/", "words0"),
        Self.collection(Self.counts, "counts/", "counts0"),
      ],
      settings: settings, clock: clock)
  }

  private static func collection(_ type: String, _ from: String, _ to: String) -> FeedCollection {
    FeedCollection(type, named: from) { transaction, page, take in
      try transaction.forEach(
        """
        SELECT * FROM thing WHERE name > \(max(page.after, from)) AND name < \(to)
          AND since <= \(page.point.sequence)
          AND (until IS NULL OR until > \(page.point.sequence))
        ORDER BY name LIMIT \(page.limit)
        """
      ) { row in
        let name = try row.text("name")
        try take(
          SnapshotResource(
            name: name, payload: try row.bytes("payload"), etag: "e\(try row.int64("since"))",
            access: try row.text("access"),
            lastChange: FeedPoint(
              sequence: try row.int64("since"),
              recordedTime: RecordedTime(microseconds: try row.int64("recorded_at")))))
      }
    }
  }

  @discardableResult
  func put(_ name: String, _ text: String, access: String = "PUBLIC") async throws -> Int64 {
    try await feed.write { try Self.put(name, text, access: access, $0, $1) }
  }

  @discardableResult
  func delete(_ name: String) async throws -> Int64 {
    try await feed.write { try Self.delete(name, $0, $1) }
  }

  @discardableResult
  static func put(
    _ name: String, _ text: String, access: String = "PUBLIC", _ transaction: any Transaction,
    _ log: ChangeLog
  ) throws -> Int64 {
    let before = try transaction.rows(
      "SELECT access FROM thing WHERE name = \(name) AND until IS NULL"
    ).first?.text("access")
    let wasThere = try !transaction.rows("SELECT 1 FROM thing WHERE name = \(name) LIMIT 1").isEmpty
    let number = try log.end().sequence + 1
    let kind: ResourceChange.Kind = before != nil ? .updated : wasThere ? .undeleted : .created
    let change =
      name.hasPrefix("counts/")
      ? ResourceChange(
        kind, name, GoogleProtobuf.Int64Value(value: Int64(text) ?? 0), etag: "e\(number)",
        access: access, accessBefore: before)
      : ResourceChange(
        kind, name, GoogleProtobuf.StringValue(value: text), etag: "e\(number)",
        access: access, accessBefore: before)
    let point = try log.append(contentsOf: [change])
    try close(name, at: point.sequence, transaction)
    try transaction.run(
      """
      INSERT INTO thing (name, payload, access, since, recorded_at)
      VALUES (\(name), \(change.payload ?? []), \(access), \(point.sequence),
        \(point.recordedTime.microseconds))
      """)
    return point.sequence
  }

  static func delete(_ name: String, _ transaction: any Transaction, _ log: ChangeLog) throws
    -> Int64
  {
    let before = try transaction.rows(
      "SELECT access FROM thing WHERE name = \(name) AND until IS NULL"
    ).first?.text("access")
    guard let before else { throw RPCError(.notFound, "no \(name)") }
    let type = name.hasPrefix("counts/") ? counts : words
    let sequence = try log.append(
      ResourceChange(deleted: name, type: type, etag: "gone", accessBefore: before))
    try close(name, at: sequence, transaction)
    return sequence
  }

  private static func close(_ name: String, at sequence: Int64, _ transaction: any Transaction)
    throws
  {
    try transaction.run(
      "UPDATE thing SET until = \(sequence) WHERE name = \(name) AND until IS NULL")
  }

  /// The number of the last change.
  func end() async throws -> Int64 {
    try await feed.database.read { try ChangeLog($0).end().sequence }
  }

  /// Everything there is, by name.
  func contents() async throws -> [String: Content] {
    try await feed.database.read { transaction in
      var contents: [String: Content] = [:]
      try transaction.forEach("SELECT * FROM thing WHERE until IS NULL") { row in
        contents[try row.text("name")] = Content(
          payload: try row.bytes("payload"), sequence: try row.int64("since"))
      }
      return contents
    }
  }

  struct Content: Hashable, Sendable {
    let payload: [UInt8]
    let sequence: Int64
  }

  /// The `WatchChanges` of a service. A caller sees what the `sees` of its metadata names, or all.
  var method: ServerMethod {
    .serverStreaming(Self.watchChanges) { [feed] request, responses, context in
      let seen = context.metadata.all("sees").map { String($0) }
      let view =
        seen.isEmpty
        ? FeedView.everything : FeedView(seen.joined(separator: ",")) { seen.contains($0) }
      try await feed.watch(request, responses, context, view)
    }
  }

  var channel: InProcessChannel {
    var router = Router([])
    router.add(method)
    return InProcessChannel(router)
  }
}

/// A wall clock that a test sets.
final class TestClock: Sendable {
  private let time = Mutex(RecordedTime(microseconds: 1_700_000_000_000_000))

  var now: RecordedTime { time.withLock { $0 } }
  func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
}

/// A register in memory, for the time of one test.
func withRegister<Result>(
  _ change: (inout FeedSettings) -> Void = { _ in }, options: StorageOptions = StorageOptions(),
  clock: @escaping @Sendable () -> RecordedTime = { .now },
  _ body: (Register) async throws -> Result
) async throws -> Result {
  var settings = FeedSettings()
  settings.pollInterval = .milliseconds(200)
  settings.bookmarkIntervals = .milliseconds(20)...(.seconds(300))
  settings.bookmarkAfterChanges = .milliseconds(20)
  change(&settings)
  let database = try await SQLiteDatabase.open(
    .memory, migrations: Register.migrations, options: options)
  do {
    let result = try await body(Register(database, settings, clock: clock))
    await database.close()
    return result
  } catch {
    await database.close()
    throw error
  }
}

/// What `body` throws, as its caller would hear it; nil when it throws nothing.
func failure(_ body: () async throws -> Void) async -> RPCError? {
  do {
    try await body()
    return nil
  } catch {
    return RPCError(error)
  }
}

/// Waits until something holds.
func eventually(
  within patience: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + patience
  while try await !condition() {
    guard .now < deadline else { throw Impatience() }
    try await Task.sleep(for: .milliseconds(5))
  }
}

struct Impatience: Error {}
