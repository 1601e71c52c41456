import Foundation
import Synchronization
import Testing

@testable import Storage

/// A folder for one test's store, removed after it.
final class StoreFolder: Sendable {
  let url: URL
  var path: String { url.appending(path: "store.db").path }
  var logBytes: Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
    return attributes?[.size] as? Int ?? 0
  }

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "cabildo-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}

extension Migration {
  static let notes = Migration(
    version: 1, name: "notes",
    sql: "CREATE TABLE note (id BIGINT PRIMARY KEY, text TEXT NOT NULL);")

  static let entries = Migration(
    version: 1, name: "entries",
    sql: """
      CREATE TABLE entry (id BIGINT NOT NULL, filler TEXT NOT NULL);
      CREATE INDEX entry_by_id ON entry (id);
      CREATE TABLE tally (entries BIGINT NOT NULL);
      INSERT INTO tally (entries) VALUES (0);
      """)
}

/// Rows with numbers, and their count beside them: either changes with the other or not at all.
extension Database {
  func add(entry id: Int) async throws {
    let filler = String(repeating: "x", count: 300)
    try await transaction { transaction in
      try transaction.run("INSERT INTO entry (id, filler) VALUES (\(id), \(filler))")
      try transaction.run("UPDATE tally SET entries = entries + 1")
    }
  }

  func entries() async throws -> [Int] {
    try await read { transaction in
      let ids = try transaction.rows("SELECT id FROM entry ORDER BY id").map {
        try $0.integer("id")
      }
      let tally = try transaction.rows("SELECT entries FROM tally").first?.integer("entries")
      guard tally == ids.count else {
        throw StorageError.damaged("\(ids.count) rows, not \(tally ?? -1)")
      }
      return ids
    }
  }
}

/// SQLite's own verdict on a file that nobody has open.
func integrity(of path: String) throws -> String {
  let connection = try SQLiteConnection(path, .readWrite, vfs: nil, limits: StorageLimits())
  defer { connection.close() }
  guard case .text(let verdict) = try connection.control("PRAGMA integrity_check") else {
    return ""
  }
  return verdict
}

/// What several threads write down.
final class Notes<Note: Sendable>: Sendable {
  private let notes = Mutex<[Note]>([])

  func add(_ note: Note) { notes.withLock { $0.append(note) } }

  var all: [Note] { notes.withLock { $0 } }
}

/// Waits, up to a point, for what other threads do.
func eventually(_ isSo: () throws -> Bool) async throws {
  for _ in 0..<2_000 where try !isSo() { try await Task.sleep(for: .milliseconds(5)) }
  #expect(try isSo())
}
