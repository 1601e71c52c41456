import Storage
import Testing

/// What a service does with a store, on a store that ends with the test.
@Suite struct StorageTests {
  @Test("What was written is read") func writeAndRead() async throws {
    let database = try await SQLiteDatabase.open(.memory, migrations: [notes])
    let text = "a\0b 'quoted' $1"
    let changed = try await database.transaction { transaction in
      try transaction.run("INSERT INTO note (id, text) VALUES (\(1), \(text))")
    }
    #expect(changed == 1)
    let rows = try await database.read { try $0.rows("SELECT text FROM note WHERE id = \(1)") }
    #expect(try rows.map { try $0.text("text") } == [text])
    await database.close()
  }
}

let notes = Migration(
  version: 1, name: "notes", sql: "CREATE TABLE note (id BIGINT PRIMARY KEY, text TEXT NOT NULL);")
