/// A store in SQLite: one thread that writes, some that read, and a queue before each.
package final class SQLiteDatabase: Database {
  private let threads: StoreThreads

  private init(_ threads: StoreThreads) { self.threads = threads }

  deinit { threads.end() }

  /// Opens a store, makes it if there is none, and brings it to the newest of `migrations`.
  package static func open(
    _ location: StoreLocation, migrations: [Migration], options: StorageOptions = StorageOptions()
  ) async throws -> SQLiteDatabase {
    let threads = StoreThreads(options)
    try await threads.start(location, migrations)
    return SQLiteDatabase(threads)
  }

  /// What a store has and what it lacks, without changing or holding it.
  package static func migrationPlan(
    _ location: StoreLocation, migrations: [Migration], options: StorageOptions = StorageOptions()
  ) async throws -> MigrationPlan {
    try await onOwnThread {
      guard case .file(let path) = location, Folder.contains(path) else {
        return try MigrationPlan(migrations, applied: [])
      }
      let connection = try StoreFile.openToLook(path, options: options)
      defer { connection.close() }
      return try Migrator(connection, migrations).plan()
    }
  }

  @discardableResult
  package func transaction<R: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> R
  ) async throws -> R {
    try await WorkOf.perform(body, on: threads.writes)
  }

  package func read<R: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> R
  ) async throws -> R {
    try await WorkOf.perform(body, on: threads.reads)
  }

  /// Bodies whose turn has not come, for metrics.
  package var waitingWrites: Int { threads.writes.count }
  package var waitingReads: Int { threads.reads.count }

  package func close() async {
    threads.end()
    await threads.ended()
  }
}
