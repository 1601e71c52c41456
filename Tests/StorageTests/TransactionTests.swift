import Foundation
import Testing

@testable import Storage

/// What a body may do, and what becomes of it.
@Suite struct TransactionTests {
  @Test("What was written is read") func writeAndRead() async throws {
    let database = try await SQLiteDatabase.open(.memory, migrations: [.notes])
    let changed = try await database.transaction { transaction in
      try transaction.run("INSERT INTO note (id, text) VALUES (\(1), \("one")), (\(2), \("two"))")
    }
    #expect(changed == 2)
    let texts = try await database.read { transaction in
      var texts: [String] = []
      try transaction.forEach("SELECT text FROM note ORDER BY id") { row in
        // The same statement inside itself gets a place of its own.
        let count = try transaction.rows("SELECT text FROM note ORDER BY id").count
        texts.append("\(try row.text("text")) of \(count)")
      }
      return texts
    }
    #expect(texts == ["one of 2", "two of 2"])
    await database.close()
  }

  @Test("A body that throws leaves nothing") func throwing() async throws {
    struct Refusal: Error {}
    let database = try await SQLiteDatabase.open(.memory, migrations: [.notes])
    await #expect(throws: Refusal.self) {
      try await database.transaction { transaction in
        try transaction.run("INSERT INTO note (id, text) VALUES (1, 'x')")
        throw Refusal()
      }
    }
    #expect(try await database.notes() == [])
    await database.close()
  }

  @Test(
    "A broken rule of the schema has a name, and the body may go on",
    arguments: [
      ("INSERT INTO rule (id, name) VALUES (1, 'b')", .uniqueViolation("rule.id")),
      ("INSERT INTO rule (id, name) VALUES (2, 'a')", .uniqueViolation("rule.name")),
      ("INSERT INTO rule (id, name) VALUES (2, NULL)", .notNullViolation("rule.name")),
      (
        "INSERT INTO rule (id, name, size) VALUES (2, 'b', -1)", .checkViolation("size_is_positive")
      ),
      ("INSERT INTO rule (id, name, parent) VALUES (2, 'b', 9)", .foreignKeyViolation),
      ("DELETE FROM rule WHERE id = 1", .foreignKeyViolation),
      ("SELEC 1", .failed("near \"SELEC\": syntax error, SQLite's code 1")),
      ("SELECT 1; SELECT 2", .failed("more than one statement: SELECT 1;")),
      ("", .failed("an empty statement")),
      ("SELECT $1", .failed("0 values, 1 places: SELECT $1")),
    ] as [(SQL, StorageError)])
  func rules(sql: SQL, error: StorageError) async throws {
    let database = try await SQLiteDatabase.open(.memory, migrations: [.rules])
    let (seen, count) = try await database.transaction { transaction in
      var seen: StorageError?
      do { try transaction.run(sql) } catch let caught as StorageError { seen = caught }
      try transaction.run("INSERT INTO rule (id, name) VALUES (100, 'after')")
      return (seen, try transaction.rows("SELECT 1 FROM rule").count)
    }
    #expect(seen == error)
    #expect(count == 3)
    await database.close()
  }

  @Test("A deferred foreign key is looked at before the commit, and undoes its body alone")
  func deferredForeignKeys() async throws {
    let database = try await SQLiteDatabase.open(.memory, migrations: [.rules])
    async let good: Void = database.transaction { transaction in
      try transaction.run("INSERT INTO late (id, rule) VALUES (1, 50)")
      try transaction.run("INSERT INTO rule (id, name) VALUES (50, 'fifty')")
    }
    await #expect(throws: StorageError.foreignKeyViolation) {
      try await database.transaction { try $0.run("INSERT INTO late (id, rule) VALUES (2, 51)") }
    }
    try await good
    let late = try await database.read { try $0.rows("SELECT id FROM late").count }
    #expect(late == 1)
    await database.close()
  }

  @Test(
    "Transactions and settings are the store's",
    arguments: [
      "COMMIT", "ROLLBACK", "BEGIN", "SAVEPOINT x", "RELEASE body", "ATTACH ':memory:' AS y",
      "PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF",
    ] as [SQL])
  func control(sql: SQL) async throws {
    let database = try await SQLiteDatabase.open(.memory, migrations: [.notes])
    await #expect(throws: StorageError.failed("not authorized, SQLite's code 23")) {
      try await database.transaction { transaction in
        try transaction.run("INSERT INTO note (id, text) VALUES (1, 'x')")
        try transaction.run(sql)
      }
    }
    #expect(try await database.notes() == [])
    await database.close()
  }

  @Test("A read sees one snapshot, and cannot write") func snapshot() async throws {
    let database = try await SQLiteDatabase.open(.memory, migrations: [.notes])
    let hasRead = DispatchSemaphore(value: 0)
    let hasWritten = DispatchSemaphore(value: 0)
    async let counts = database.read { transaction in
      let before = try transaction.rows("SELECT id FROM note").count
      hasRead.signal()
      hasWritten.wait()
      return [before, try transaction.rows("SELECT id FROM note").count]
    }
    try await onOwnThread { hasRead.wait() }
    try await database.transaction { try $0.run("INSERT INTO note (id, text) VALUES (1, 'x')") }
    hasWritten.signal()
    #expect(try await counts == [0, 0])
    #expect(try await database.notes() == [1])
    await #expect(throws: StorageError.failed("attempt to write a readonly database")) {
      try await database.read { try $0.run("DELETE FROM note") }
    }
    #expect(try await database.notes() == [1])
    await database.close()
  }

  @Test("A transaction that escaped its body does nothing") func escape() async throws {
    final class Box: @unchecked Sendable { var transaction: (any Transaction)? }
    let box = Box()
    let database = try await SQLiteDatabase.open(.memory, migrations: [.notes])
    try await database.transaction { box.transaction = $0 }
    #expect(throws: StorageError.failed("a transaction was used after its end")) {
      try box.transaction?.run("INSERT INTO note (id, text) VALUES (1, 'x')")
    }
    await database.close()
  }

  @Test("Statements beyond the cache are prepared anew") func cache() async throws {
    var options = StorageOptions()
    options.limits.statements = 2
    let database = try await SQLiteDatabase.open(.memory, migrations: [], options: options)
    let sums = try await database.read { transaction in
      try (0..<3).flatMap { _ in
        try (0..<6).map { number in
          try transaction.rows("SELECT \(raw: "\(number)") + \(1) AS n")[0].integer("n")
        }
      }
    }
    #expect(sums == [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6])
    await database.close()
  }

  @Test("Closing serves what waits, refuses what comes, and lets the store be opened again")
  func closing() async throws {
    let folder = try StoreFolder()
    let database = try await SQLiteDatabase.open(.file(folder.path), migrations: [.notes])
    let writes = (0..<20).map { id in
      Task { try await database.transaction { try $0.run("INSERT INTO note VALUES (\(id), '')") } }
    }
    try await database.transaction { try $0.run("INSERT INTO note VALUES (100, '')") }
    await database.close()
    await database.close()
    var kept = [100]
    for (id, write) in writes.enumerated() where try await write.succeeds(orThrows: .closed) {
      kept.append(id)
    }
    await #expect(throws: StorageError.closed) { try await database.notes() }
    #expect(folder.logBytes == 0)
    let again = try await SQLiteDatabase.open(.file(folder.path), migrations: [.notes])
    #expect(try await again.notes() == kept.sorted())
    await again.close()
  }
}

extension Task where Failure == any Error {
  /// False when it threw what it may.
  fileprivate func succeeds(orThrows allowed: StorageError) async throws -> Bool {
    do {
      _ = try await value
      return true
    } catch let error as StorageError where error == allowed {
      return false
    }
  }
}

extension Database {
  func notes() async throws -> [Int] {
    try await read { try $0.rows("SELECT id FROM note ORDER BY id").map { try $0.integer("id") } }
  }
}

extension Migration {
  fileprivate static let rules = Migration(
    version: 1, name: "rules",
    sql: """
      CREATE TABLE rule (
        id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, size BIGINT,
        parent BIGINT REFERENCES rule (id),
        CONSTRAINT size_is_positive CHECK (size > 0));
      CREATE TABLE late (
        id BIGINT PRIMARY KEY, rule BIGINT REFERENCES rule (id) DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO rule (id, name) VALUES (1, 'a');
      INSERT INTO rule (id, name, parent) VALUES (3, 'c', 1);
      """)
}
