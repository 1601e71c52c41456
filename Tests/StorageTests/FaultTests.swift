import Foundation
import Storage
import Testing

/// The disk fails at every place where it can, and then the power. What was acknowledged is there,
/// once; what was refused is not; the count of rows agrees with the rows.
@Suite struct FaultTests {
  @Test("A crash at every change of the disk")
  func crashes() async throws {
    try await untilHarmless { Trial(.crash(at: $0), seed: UInt64($0)) }
  }

  @Test("A write fails, at every write", arguments: [1, 4])
  func writes(times: Int) async throws {
    try await untilHarmless { Trial(.error(.write, at: $0, times: times), seed: UInt64($0)) }
  }

  @Test(
    "A sync fails and loses what it should have kept, at every sync",
    arguments: [(1, 8), (2, 8), (3, 8), (1, 1_000), (2, 1_000), (3, 1_000)])
  func syncs(times: Int, logPages: Int) async throws {
    try await untilHarmless { place in
      Trial(.error(.sync, at: place, times: times), seed: UInt64(place), logPages: logPages)
    }
  }

  @Test("A read fails, at every read")
  func reads() async throws {
    try await untilHarmless { Trial(.error(.read, at: $0), seed: UInt64($0)) }
  }

  @Test("The disk is full, at every page")
  func room() async throws {
    for pages in 0..<60 {
      try await Trial(.room(bytes: pages * 4_096 + 32), seed: UInt64(pages)).run()
    }
  }

  /// Runs trials with the fault at the first place, the second, and so on, until one is over
  /// before its fault comes.
  private func untilHarmless(_ trial: (Int) -> Trial) async throws {
    for place in 1...2_000 {
      guard try await trial(place).run() else {
        return #expect(place >= 10, "hardly anything was tried")
      }
    }
    Issue.record("the trial never ends")
  }
}

/// Writers on a disk with one fault, the power lost at the end, and a look at what is there.
struct Trial {
  private let fault: FaultyDisk.Fault
  private let seed: UInt64
  private let logPages: Int

  /// With many pages of log the crash at the end finds all of it where the fault was.
  init(_ fault: FaultyDisk.Fault, seed: UInt64, logPages: Int = 8) {
    self.fault = fault
    self.seed = seed
    self.logPages = logPages
  }

  private struct Answers {
    var kept: Set<Int> = []
    var undone: Set<Int> = []
  }

  /// Whether the fault showed itself.
  @discardableResult
  func run() async throws -> Bool {
    let folder = try StoreFolder()
    let disk = FaultyDisk(fault, seed: seed)
    var answers = Answers()
    if let database = try await open(folder, on: disk) {
      for round in 0..<7 { await write(round, to: database, &answers) }
      disk.heal()
      await write(7, to: database, &answers)
      if seed.isMultiple(of: 2) { disk.die() }
      await database.close()
    }
    disk.die()
    try disk.crash()
    let found = try await verdict(folder)
    let context = Comment("\(fault), seed \(seed)")
    #expect(answers.kept.subtracting(found).isEmpty, context)
    #expect(answers.undone.isDisjoint(with: found), context)
    #expect(Set(found).count == found.count, context)
    return disk.hasFailed
  }

  private func open(_ folder: StoreFolder, on disk: FaultyDisk) async throws -> SQLiteDatabase? {
    var options = StorageOptions()
    options.vfs = disk.name
    options.readers = 2
    options.limits.logPages = logPages
    options.limits.recoveryPause = .milliseconds(1)
    options.limits.recoveryPauseAtMost = .milliseconds(4)
    for _ in 0..<4 {
      do {
        return try await SQLiteDatabase.open(
          .file(folder.path), migrations: [.entries], options: options)
      } catch is StorageError {
        if case .room? = Optional(fault) { return nil }
      }
    }
    return nil
  }

  /// Three at once, again while the store recovers, up to a point.
  private func write(_ round: Int, to database: SQLiteDatabase, _ answers: inout Answers)
    async
  {
    for attempt in 0..<4 {
      let ids = (0..<3).map { round * 100 + attempt * 10 + $0 }
      let outcomes = await withTaskGroup(of: (Int, StorageError?).self) { group in
        for id in ids { group.addTask { (id, await Self.write(id, to: database)) } }
        _ = try? await database.entries()
        return await group.reduce(into: []) { $0.append($1) }
      }
      for (id, error) in outcomes {
        switch error {
        case nil: answers.kept.insert(id)
        case .outcomeUnknown: break
        default: answers.undone.insert(id)
        }
      }
      if outcomes.allSatisfy({ $0.1 == nil }) { return }
      try? await Task.sleep(for: .milliseconds(2))
    }
  }

  private static func write(_ id: Int, to database: SQLiteDatabase) async -> StorageError? {
    do {
      try await database.add(entry: id)
      return nil
    } catch {
      return error as? StorageError ?? .failed("\(error)")
    }
  }

  private func verdict(_ folder: StoreFolder) async throws -> [Int] {
    let database = try await SQLiteDatabase.open(.file(folder.path), migrations: [.entries])
    let found = try await database.entries()
    await database.close()
    #expect(try integrity(of: folder.path) == "ok", "\(fault), seed \(seed)")
    return found
  }
}
