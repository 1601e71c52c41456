import Foundation
import Testing

@testable import Storage

/// Writers that come together share one fsync, and none is answered before it.
@Suite struct GroupCommitTests {
  @Test("Many writers, few fsyncs") func fsyncs() async throws {
    let folder = try StoreFolder()
    let disk = FaultyDisk()
    let batches = Notes<Int>()
    var options = StorageOptions()
    options.vfs = disk.name
    options.onEvent = { event in
      if event.kind == .commit { batches.add(event.count) }
    }
    let database = try await SQLiteDatabase.open(
      .file(folder.path), migrations: [.entries], options: options)
    let before = disk.syncs
    try await withThrowingTaskGroup { group in
      for id in 0..<200 { group.addTask { try await database.add(entry: id) } }
      try await group.waitForAll()
    }
    let syncs = disk.syncs - before
    let commits = batches.all
    #expect(syncs < 50, "200 writes took \(syncs) fsyncs")
    #expect(commits.reduce(0, +) == 200)
    #expect(syncs >= commits.count, "\(commits.count) commits with \(syncs) fsyncs")
    #expect(try await database.entries().count == 200)
    await database.close()
  }

  @Test("Nobody hears of a commit, or reads it, before its fsync") func acknowledgement()
    async throws
  {
    let folder = try StoreFolder()
    let disk = FaultyDisk()
    var options = StorageOptions()
    options.vfs = disk.name
    let database = try await SQLiteDatabase.open(
      .file(folder.path), migrations: [.entries], options: options)
    let answered = Notes<Int>()
    disk.holdSyncs()
    try await withThrowingTaskGroup { group in
      for id in 0..<32 {
        group.addTask {
          try await database.add(entry: id)
          answered.add(id)
        }
      }
      try await eventually { disk.isHoldingSync }
      try await Task.sleep(for: .milliseconds(100))
      #expect(answered.all == [])
      #expect(try await database.entries() == [])
      disk.letSyncs()
      try await group.waitForAll()
    }
    #expect(try await database.entries() == Array(0..<32))
    await database.close()
  }

  @Test("Bodies of one batch fail each alone") func neighbours() async throws {
    struct Refusal: Error {}
    let database = try await SQLiteDatabase.open(.memory, migrations: [.notes])
    let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
      for id in 0..<60 {
        group.addTask {
          let isKept: Void? = try? await database.transaction { transaction in
            try transaction.run("INSERT INTO note VALUES (\(id), '')")
            if id.isMultiple(of: 3) { throw Refusal() }
          }
          return (id, isKept != nil)
        }
      }
      return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
    }
    #expect(outcomes.allSatisfy { id, isKept in isKept != id.isMultiple(of: 3) })
    #expect(try await database.notes() == (0..<60).filter { !$0.isMultiple(of: 3) })
    await database.close()
  }

  @Test("A refusal that rests on a write whose commit fails is not told")
  func refusalsWithoutGround() async throws {
    struct AlreadyThere: Error {}
    let folder = try StoreFolder()
    let disk = FaultyDisk()
    var options = StorageOptions()
    options.vfs = disk.name
    options.limits.batchTime = .seconds(60)
    let database = try await SQLiteDatabase.open(
      .file(folder.path), migrations: [.notes], options: options)
    let started = DispatchSemaphore(value: 0)
    let second = DispatchSemaphore(value: 0)
    let write = Task {
      try await database.transaction { transaction in
        started.signal()
        try transaction.run("INSERT INTO note VALUES (1, '')")
        second.wait()
      }
    }
    try await onOwnThread { started.wait() }
    let refused = Task {
      try await database.transaction { transaction in
        guard try transaction.rows("SELECT 1 FROM note").isEmpty else { throw AlreadyThere() }
      }
    }
    try await eventually { database.waitingWrites == 1 }
    disk.failNextSync()
    second.signal()
    await #expect { try await write.value } throws: { error in
      guard case .outcomeUnknown? = error as? StorageError else { return false }
      return true
    }
    await #expect { try await refused.value } throws: { error in
      guard case .unavailable? = error as? StorageError else { return false }
      return true
    }
    await database.close()
  }
}
