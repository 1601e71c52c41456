/// Brings a store to the newest of its migrations.
struct Migrator {
  private let connection: SQLiteConnection
  private let migrations: [Migration]

  init(_ connection: SQLiteConnection, _ migrations: [Migration]) {
    self.connection = connection
    self.migrations = migrations
  }

  func plan() throws -> MigrationPlan {
    let hasRecord = try !connection.rows(
      "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'storage_migration'"
    ).isEmpty
    guard hasRecord else { return try MigrationPlan(migrations, applied: []) }
    let applied = try connection.rows(
      "SELECT version, name, checksum, applied_at FROM storage_migration ORDER BY version"
    ).map(MigrationPlan.Applied.init)
    return try MigrationPlan(migrations, applied: applied)
  }

  /// Refuses a store that is not at the newest version.
  func check() throws {
    let pending = try plan().pending
    guard pending.isEmpty else { throw StorageError.migrationsPending(pending.map(\.title)) }
  }

  func apply() throws {
    let time = connection.statementTime
    connection.statementTime = nil
    defer { connection.statementTime = time }
    for migration in try plan().pending { try apply(migration) }
  }

  /// The change and its record are one transaction: a process that is killed leaves both or none.
  private func apply(_ migration: Migration) throws {
    // A table that is made anew would take the rows that refer to it along; they are checked below.
    try connection.control("PRAGMA foreign_keys = OFF")
    do {
      try connection.control("BEGIN IMMEDIATE")
      try connection.run(script: migration.sql)
      try record(migration)
      let orphans = try connection.control("PRAGMA foreign_key_check")
      guard orphans == nil else { throw StorageError.foreignKeyViolation }
      try connection.control("COMMIT")
    } catch {
      if connection.isInTransaction { _ = try? connection.control("ROLLBACK") }
      throw StorageError.migrationFailed(migration.title, why: "\(error)")
    }
    try connection.control("PRAGMA foreign_keys = ON")
  }

  private func record(_ migration: Migration) throws {
    try connection.run(
      """
      CREATE TABLE IF NOT EXISTS storage_migration (
        version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,
        applied_at TEXT NOT NULL)
      """)
    try connection.run(
      """
      INSERT INTO storage_migration (version, name, checksum, applied_at)
      VALUES (\(migration.version), \(migration.name), \(migration.checksum),
        strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
      """)
  }
}
