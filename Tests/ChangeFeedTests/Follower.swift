import ChangeFeed
import Messages
import RPC
import Storage

/// What a consumer of a register keeps: the projection, and every number of the tail that it was
/// told, once each.
struct Consumer: Sendable {
  let database: any Database
  let projection: ProjectionStore

  static let migrations = [
    ProjectionStore.migration(version: 1),
    Migration(
      version: 2, name: "heard",
      sql: "CREATE TABLE heard (sequence BIGINT PRIMARY KEY, name TEXT NOT NULL);"),
  ]

  init(_ database: any Database) {
    self.database = database
    projection = ProjectionStore(database, feed: "register") { transaction, change in
      // The second time would fail the transaction.
      guard change.kind != .snapshot, change.sequence > 0 else { return }
      try transaction.run(
        "INSERT INTO heard (sequence, name) VALUES (\(change.sequence), \(change.resourceName))")
    }
  }

  func follower(_ invoker: any CallInvoker, _ change: (inout FollowerSettings) -> Void = { _ in })
    -> FeedFollower
  {
    var settings = FollowerSettings()
    settings.bookmarkInterval = .milliseconds(50)
    settings.backoff = Backoff(initial: .milliseconds(1), maximum: .milliseconds(20))
    change(&settings)
    return FeedFollower(invoker, Register.watchChanges, into: projection, settings: settings)
  }

  func contents() async throws -> [String: Register.Content] {
    try await database.read { transaction in
      var contents: [String: Register.Content] = [:]
      try projection.forEach(transaction) { resource in
        contents[resource.name] = Register.Content(
          payload: resource.payload, sequence: resource.lastChange.sequence)
      }
      return contents
    }
  }

  func heard() async throws -> [Int64] {
    try await database.read { transaction in
      try transaction.rows("SELECT sequence FROM heard ORDER BY sequence").map {
        try $0.int64("sequence")
      }
    }
  }

  /// Waits until all that the register has is here.
  func catchUp(with register: Register) async throws {
    try await eventually {
      let (ours, theirs) = (try await contents(), try await register.contents())
      return ours == theirs
    }
  }
}

func withConsumer<Result>(_ body: (Consumer) async throws -> Result) async throws -> Result {
  let database = try await SQLiteDatabase.open(.memory, migrations: Consumer.migrations)
  do {
    let result = try await body(Consumer(database))
    await database.close()
    return result
  } catch {
    await database.close()
    throw error
  }
}

/// Lets a follower run for the time of a body.
func following<Result>(
  _ follower: FeedFollower, _ body: () async throws -> Result
) async throws -> Result {
  let task = Task { await follower.run() }
  do {
    let result = try await body()
    task.cancel()
    await task.value
    return result
  } catch {
    task.cancel()
    await task.value
    throw error
  }
}
