import Foundation
import Testing

@testable import Storage

@Suite struct MigrationTests {
  private static let second = Migration(
    version: 2, name: "titles", sql: "ALTER TABLE note ADD COLUMN title TEXT; -- a comment\n")

  @Test("Each is applied once, in order, and recorded") func applied() async throws {
    let folder = try StoreFolder()
    try await open(folder, [.notes])
    try await open(folder, [.notes, Self.second])
    try await open(folder, [.notes, Self.second])
    let plan = try await SQLiteDatabase.migrationPlan(
      .file(folder.path), migrations: [.notes, Self.second])
    #expect(plan.applied.map(\.name) == ["notes", "titles"])
    #expect(plan.applied.map(\.checksum) == [Migration.notes.checksum, Self.second.checksum])
    #expect(plan.pending == [])
  }

  @Test("A plan shows what is pending, changes nothing, and looks at a store in use")
  func plan() async throws {
    let folder = try StoreFolder()
    let none = try await SQLiteDatabase.migrationPlan(.file(folder.path), migrations: [.notes])
    #expect(none.applied == [] && none.pending == [.notes])
    #expect(!FileManager.default.fileExists(atPath: folder.path))
    let database = try await SQLiteDatabase.open(.file(folder.path), migrations: [.notes])
    let plan = try await SQLiteDatabase.migrationPlan(
      .file(folder.path), migrations: [.notes, Self.second])
    #expect(plan.applied.map(\.version) == [1] && plan.pending == [Self.second])
    await database.close()
  }

  @Test(
    "A store that these migrations did not make is refused",
    arguments: [
      (
        [Migration(version: 1, name: "notes", sql: "CREATE TABLE other (id BIGINT);"), second],
        StorageError.migrationChanged("v001_notes")
      ),
      ([.notes], .newerStore(found: 2, known: 1)),
      ([], .newerStore(found: 2, known: 0)),
      (
        [.notes, second, Migration(version: 4, name: "four", sql: "SELECT 1")],
        .migrationsMisnumbered(
          "migration v004_four stands where version 3 should: "
            + "v001_name.sql, v002_name.sql and so on"
        )
      ),
    ])
  func refused(migrations: [Migration], error: StorageError) async throws {
    let folder = try StoreFolder()
    try await open(folder, [.notes, Self.second])
    await #expect(throws: error) { try await open(folder, migrations) }
    try await open(folder, [.notes, Self.second])
  }

  @Test("A refusal names both versions") func versions() {
    let error = StorageError.newerStore(found: 7, known: 5)
    #expect("\(error)" == "the store is at version 7, this program knows 5: run a newer program")
  }

  @Test("Opening without applying refuses an older store by its names") func pending() async throws
  {
    let folder = try StoreFolder()
    try await open(folder, [.notes])
    var options = StorageOptions()
    options.appliesMigrations = false
    await #expect(throws: StorageError.migrationsPending(["v002_titles"])) {
      _ = try await SQLiteDatabase.open(
        .file(folder.path), migrations: [.notes, Self.second], options: options)
    }
  }

  @Test(
    "One that fails leaves the store as it was",
    arguments: [
      "CREATE TABLE a (id BIGINT); SELEC;", "CREATE TABLE a (id BIGINT); COMMIT;",
      "CREATE TABLE a (id BIGINT REFERENCES note (id)); INSERT INTO a VALUES (7);",
      "CREATE TABLE a (id BIGINT); PRAGMA user_version = 3;",
    ])
  func failing(sql: String) async throws {
    let folder = try StoreFolder()
    try await open(folder, [.notes])
    let bad = Migration(version: 2, name: "bad", sql: sql)
    await #expect { try await open(folder, [.notes, bad]) } throws: { error in
      guard case .migrationFailed("v002_bad", _)? = error as? StorageError else { return false }
      return true
    }
    let good = Migration(version: 2, name: "good", sql: "CREATE TABLE a (id BIGINT);")
    try await open(folder, [.notes, good])
  }

  @Test("A table that others refer to can be made anew") func rebuilt() async throws {
    let folder = try StoreFolder()
    let parts = Migration(
      version: 2, name: "parts",
      sql: """
        CREATE TABLE part (note BIGINT REFERENCES note (id));
        INSERT INTO note VALUES (1, 'x'); INSERT INTO part VALUES (1);
        """)
    let rebuilt = Migration(
      version: 3, name: "rebuilt",
      sql: """
        CREATE TABLE fresh (id BIGINT PRIMARY KEY, text TEXT);
        INSERT INTO fresh SELECT id, text FROM note;
        DROP TABLE note; ALTER TABLE fresh RENAME TO note;
        """)
    try await open(folder, [.notes, parts, rebuilt])
    let database = try await SQLiteDatabase.open(
      .file(folder.path), migrations: [.notes, parts, rebuilt])
    await #expect(throws: StorageError.foreignKeyViolation) {
      try await database.transaction { try $0.run("DELETE FROM note") }
    }
    await database.close()
  }

  @Test("Killed at any change of the disk, a migration has happened or has not")
  func killed() async throws {
    let growth = Migration(
      version: 2, name: "growth",
      sql: """
        CREATE TABLE grown (id BIGINT PRIMARY KEY, filler TEXT NOT NULL);
        INSERT INTO grown WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100)
          SELECT i, hex(zeroblob(100)) FROM n;
        """)
    for place in 1...500 {
      let folder = try StoreFolder()
      try await open(folder, [.notes])
      let disk = FaultyDisk(.crash(at: place), seed: UInt64(place))
      var options = StorageOptions()
      options.vfs = disk.name
      let database = try? await SQLiteDatabase.open(
        .file(folder.path), migrations: [.notes, growth], options: options)
      await database?.close()
      disk.die()
      try disk.crash()
      let plan = try await SQLiteDatabase.migrationPlan(
        .file(folder.path), migrations: [.notes, growth])
      let rows = try rows(in: folder)
      #expect(rows == (plan.pending.isEmpty ? 100 : nil), "killed at change \(place)")
      #expect(plan.pending.isEmpty || database == nil, "killed at change \(place)")
      #expect(try integrity(of: folder.path) == "ok")
      if !disk.hasFailed { return #expect(place > 8) }
    }
    Issue.record("the migration never ends")
  }

  @Test(
    "A file's name says which it is",
    arguments: [
      ("v001_roll.sql", 1, "roll", "v001_roll"),
      ("v012_two_words.sql", 12, "two_words", "v012_two_words"),
      ("roll.sql", 0, "roll.sql", "v000_roll.sql"), ("v1x_roll.sql", 0, "roll", "v000_roll"),
    ])
  func files(file: String, version: Int, name: String, title: String) {
    let migration = Migration(file: file, Array("SELECT 1".utf8))
    #expect(migration == Migration(version: version, name: name, sql: "SELECT 1"))
    #expect(migration.title == title)
  }

  private func open(_ folder: StoreFolder, _ migrations: [Migration]) async throws {
    let database = try await SQLiteDatabase.open(.file(folder.path), migrations: migrations)
    await database.close()
  }

  private func rows(in folder: StoreFolder) throws -> Int? {
    let connection = try SQLiteConnection(folder.path, .readOnly, vfs: nil, limits: StorageLimits())
    defer { connection.close() }
    return try? connection.rows("SELECT count(*) AS n FROM grown")[0].integer("n")
  }
}
