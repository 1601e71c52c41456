import Foundation
import Peers
import Testing

@testable import Storage

/// Past a limit a caller hears its name, and the others are served.
@Suite struct LimitTests {
  private static let endless: SQL =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
  private static let endlessWrite: SQL =
    """
    INSERT INTO note WITH RECURSIVE n (i) AS (SELECT 9 UNION ALL SELECT i + 1 FROM n)
      SELECT i, '' FROM n
    """

  @Test(
    "A statement that takes too long undoes its body, not those of its batch",
    arguments: [endless, endlessWrite])
  func statementTime(sql: SQL) async throws {
    var options = StorageOptions()
    options.limits.statementTime = .milliseconds(150)
    options.limits.batchTime = .seconds(60)
    let database = try await SQLiteDatabase.open(.memory, migrations: [.notes], options: options)
    let started = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)
    async let first: Void = database.transaction { transaction in
      started.signal()
      // The others wait by then, and share its batch.
      gate.wait()
      try transaction.run("INSERT INTO note VALUES (1, '')")
    }
    try await onOwnThread { started.wait() }
    let slow = Task {
      try await database.transaction { transaction in
        // Whoever catches the error and goes on writes nothing either.
        _ = try? transaction.run(sql)
        try transaction.run("INSERT INTO note VALUES (2, '')")
      }
    }
    async let third: Int = database.transaction { try $0.run("INSERT INTO note VALUES (3, '')") }
    try await eventually { database.waitingWrites == 2 }
    for _ in 0..<9 { gate.signal() }
    _ = try await (first, third)
    let isUndone = sql == Self.endlessWrite
    if isUndone {
      await #expect(throws: StorageError.timeLimitExceeded) { try await slow.value }
    } else {
      _ = try await slow.value
    }
    #expect(try await database.notes() == (isUndone ? [1, 3] : [1, 2, 3]))
    await database.close()
  }

  @Test("A read that takes too long ends") func readTime() async throws {
    var options = StorageOptions()
    options.limits.readTime = .milliseconds(50)
    let database = try await SQLiteDatabase.open(.memory, migrations: [], options: options)
    await #expect(throws: StorageError.timeLimitExceeded) {
      try await database.read { try $0.rows(Self.endless) }
    }
    #expect(try await database.read { try $0.rows("SELECT 1").count } == 1)
    await database.close()
  }

  @Test("A read whose caller goes ends") func cancelledRead() async throws {
    let database = try await SQLiteDatabase.open(.memory, migrations: [])
    let read = Task { try await database.read { try $0.rows(Self.endless).count } }
    try await Task.sleep(for: .milliseconds(30))
    let start = ContinuousClock.now
    read.cancel()
    await #expect(throws: CancellationError.self) { try await read.value }
    #expect(.now - start < .seconds(2) * Slack.factor)
    await database.close()
  }

  @Test("More rows, or more bytes, than may be") func sizes() async throws {
    var options = StorageOptions()
    options.limits.rows = 10
    options.limits.valueBytes = 10_000
    let database = try await SQLiteDatabase.open(.memory, migrations: [.notes], options: options)
    let numbers: SQL = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 11)"
    await #expect(throws: StorageError.tooManyRows(limit: 10)) {
      try await database.read { try $0.rows(numbers + " SELECT i FROM n") }
    }
    let counted = try await database.read { transaction in
      var count = 0
      try transaction.forEach(numbers + " SELECT i FROM n") { _ in count += 1 }
      return count
    }
    #expect(counted == 11)
    await #expect(throws: StorageError.valueTooLarge) {
      let long = String(repeating: "x", count: 10_001)
      try await database.transaction { try $0.run("INSERT INTO note VALUES (1, \(long))") }
    }
    await database.close()
  }

  @Test("Work that waits: so much, and no more; who leaves meanwhile is not served")
  func waiting() async throws {
    var options = StorageOptions()
    options.limits.waitingWrites = 3
    options.limits.batchWrites = 1
    let database = try await SQLiteDatabase.open(.memory, migrations: [.notes], options: options)
    let started = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)
    let first = Task {
      try await database.transaction { _ in
        started.signal()
        gate.wait()
      }
    }
    try await onOwnThread { started.wait() }
    let waiting = (1...3).map { id in
      Task { try await database.transaction { try $0.run("INSERT INTO note VALUES (\(id), '')") } }
    }
    try await eventually { database.waitingWrites == 3 }
    await #expect(throws: StorageError.overloaded(waiting: 3)) {
      try await database.transaction { try $0.run("INSERT INTO note VALUES (4, '')") }
    }
    waiting[1].cancel()
    // At once, while the writer is still held up.
    await #expect(throws: CancellationError.self) { try await waiting[1].value }
    gate.signal()
    _ = try await (first.value, waiting[0].value, waiting[2].value)
    #expect(try await database.notes() == [1, 3])
    await database.close()
  }

  @Test("Who is gone already is not served") func cancelledBefore() async throws {
    let database = try await SQLiteDatabase.open(.memory, migrations: [.notes])
    let write = Task {
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      try await database.transaction { try $0.run("INSERT INTO note VALUES (1, '')") }
    }
    await #expect(throws: CancellationError.self) { try await write.value }
    #expect(try await database.notes() == [])
    await database.close()
  }

  @Test("Bodies that block hold up no task: they have threads of their own")
  func ownThreads() async throws {
    var options = StorageOptions()
    options.readers = 2 * ProcessInfo.processInfo.activeProcessorCount
    let readers = options.readers
    let database = try await SQLiteDatabase.open(.memory, migrations: [], options: options)
    let gate = DispatchSemaphore(value: 0)
    try await withThrowingTaskGroup { group in
      group.addTask { try await database.transaction { _ in gate.wait() } }
      for _ in 0..<readers { group.addTask { try await database.read { _ in gate.wait() } } }
      try await Task.sleep(for: .milliseconds(50))
      // Only a task that still runs can let them go.
      for _ in 0...readers {
        await Task.yield()
        gate.signal()
      }
      try await group.waitForAll()
    }
    await database.close()
  }

  @Test("The log stays small while readers come and go")
  func log() async throws {
    let folder = try StoreFolder()
    var options = StorageOptions()
    options.limits.logPages = 50
    options.limits.logPagesAtMost = 400
    let checkpoints = Notes<Int>()
    options.onEvent = { event in
      if event.kind == .checkpoint { checkpoints.add(event.count) }
    }
    let database = try await SQLiteDatabase.open(
      .file(folder.path), migrations: [.entries], options: options)
    let readers = (0..<3).map { _ in
      Task { while !Task.isCancelled { _ = try? await database.entries() } }
    }
    var largest = 0
    for batch in 0..<60 {
      try await withThrowingTaskGroup { group in
        for id in 0..<20 { group.addTask { try await database.add(entry: batch * 20 + id) } }
        try await group.waitForAll()
      }
      largest = max(largest, folder.logBytes)
    }
    for reader in readers { reader.cancel() }
    #expect(largest < 600 * 4_120, "the log grew to \(largest) bytes")
    #expect(checkpoints.all.count > 3)
    #expect(try await database.entries().count == 1_200)
    await database.close()
  }
}
