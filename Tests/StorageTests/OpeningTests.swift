import Foundation
import Testing

@testable import Storage

/// Whose a store is.
@Suite struct OpeningTests {
  @Test("Two never open one store, and the second hears who has it") func lock() async throws {
    let folder = try StoreFolder()
    let database = try await SQLiteDatabase.open(.file(folder.path), migrations: [.notes])
    let owner = "process \(ProcessInfo.processInfo.processIdentifier)"
    await #expect(throws: StorageError.inUse(path: folder.path, by: owner)) {
      _ = try await SQLiteDatabase.open(.file(folder.path), migrations: [.notes])
    }
    await database.close()
    let again = try await SQLiteDatabase.open(.file(folder.path), migrations: [.notes])
    await again.close()
  }

  @Test("What is not ours is left alone") func foreign() async throws {
    let folder = try StoreFolder()
    let other = try SQLiteConnection(folder.path, .readWrite, vfs: nil, limits: StorageLimits())
    try other.run("CREATE TABLE theirs (id BIGINT)")
    other.close()
    let before = try Data(contentsOf: URL(filePath: folder.path))
    await #expect(throws: StorageError.foreignStore(path: folder.path)) {
      _ = try await SQLiteDatabase.open(.file(folder.path), migrations: [.notes])
    }
    await #expect(throws: StorageError.foreignStore(path: folder.path)) {
      _ = try await SQLiteDatabase.migrationPlan(.file(folder.path), migrations: [.notes])
    }
    #expect(try Data(contentsOf: URL(filePath: folder.path)) == before)
    try Data("no database, but long enough to be looked at".utf8).write(
      to: URL(filePath: folder.path))
    await #expect(throws: StorageError.damaged("file is not a database")) {
      _ = try await SQLiteDatabase.open(.file(folder.path), migrations: [.notes])
    }
  }

  @Test("The folder is made; a place that cannot be is named") func folders() async throws {
    let folder = try StoreFolder()
    let deep = folder.url.appending(path: "a/b/store.db").path
    let database = try await SQLiteDatabase.open(.file(deep), migrations: [.notes])
    await database.close()
    #expect(FileManager.default.fileExists(atPath: deep))
    await #expect { try await SQLiteDatabase.open(.file(deep + "/x.db"), migrations: []) } throws: {
      "\($0)".contains("store.db/x.db.lock: Not a directory")
    }
  }

  @Test("A store in memory leaves nothing behind") func memory() throws {
    let file = try StoreFile(.memory, options: StorageOptions())
    let connection = try file.openWriter()
    #expect(FileManager.default.fileExists(atPath: file.path))
    connection.close()
    file.letGo()
    #expect(!FileManager.default.fileExists(atPath: Folder.holding(file.path)))
  }
}
