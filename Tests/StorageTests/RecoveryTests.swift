import Foundation
import Testing

@testable import Storage

/// What a host and its callers see of a disk that fails, and that it passes.
@Suite struct RecoveryTests {
  @Test(
    "A failed fsync: the outcome is unknown, nothing is served meanwhile, and then it is settled")
  func failedSync() async throws {
    let store = try await Store()
    try await store.database.add(entry: 1)
    store.disk.failNextSync(times: 1_000_000)
    await #expect { try await store.database.add(entry: 2) } throws: { error in
      guard case .outcomeUnknown? = error as? StorageError else { return false }
      return true
    }
    await #expect { try await store.database.add(entry: 3) } throws: { error in
      guard case .unavailable? = error as? StorageError else { return false }
      return true
    }
    await #expect { try await store.database.entries() } throws: { error in
      guard case .unavailable? = error as? StorageError else { return false }
      return true
    }
    store.disk.heal()
    try await eventually { store.states.all.last == .open }
    let settled = try await store.database.entries()
    #expect(settled == [1] || settled == [1, 2])
    try await store.database.add(entry: 4)
    #expect(try await store.database.entries() == settled + [4])
    let states = store.states.all
    #expect(states.count == 2 && states.last == .open, "\(states)")
    store.disk.die()
    await store.database.close()
    try store.disk.crash()
    #expect(try await store.reopened() == settled + [4])
  }

  @Test("A full disk: reads go on, writes are refused, and it passes when there is room")
  func fullDisk() async throws {
    let store = try await Store()
    try await store.database.add(entry: 1)
    store.disk.fill()
    var kept = [1]
    for id in 2..<200 {
      do {
        try await store.database.add(entry: id)
        kept.append(id)
      } catch let error as StorageError {
        #expect(error == .diskFull)
        break
      }
    }
    #expect(kept.count < 199, "the disk never was full")
    #expect(try await store.database.entries() == kept)
    await #expect(throws: StorageError.diskFull) { try await store.database.add(entry: 300) }
    try await Task.sleep(for: .milliseconds(30))
    #expect(try await store.database.entries() == kept)
    #expect(store.states.all.first == .full)
    store.disk.heal()
    try await eventually { store.states.all.last == .open }
    try await store.database.add(entry: 400)
    #expect(try await store.database.entries() == kept + [400])
    store.disk.die()
    await store.database.close()
    try store.disk.crash()
    #expect(try await store.reopened() == kept + [400])
  }

  @Test("A disk that stays broken keeps the store shut, and closing it does not wait for it")
  func brokenForGood() async throws {
    let store = try await Store()
    try await store.database.add(entry: 1)
    store.disk.die()
    await #expect(throws: StorageError.self) { try await store.database.add(entry: 2) }
    try await Task.sleep(for: .milliseconds(50))
    await #expect(throws: StorageError.self) { try await store.database.entries() }
    await store.database.close()
    #expect(store.states.all.last == .closed)
    try store.disk.crash()
    let found = try await store.reopened()
    #expect(found == [1] || found == [1, 2])
  }

  @Test("Pages moved while a reader stood in the way are moved again after a failed fsync")
  func pagesMovedInPart() async throws {
    let store = try await Store(logPages: 200)
    for id in 0..<40 { try await store.database.add(entry: id) }
    let hasRead = DispatchSemaphore(value: 0)
    let mayEnd = DispatchSemaphore(value: 0)
    let reader = Task {
      try await store.database.read { transaction in
        _ = try transaction.rows("SELECT entries FROM tally")
        hasRead.signal()
        mayEnd.wait()
      }
    }
    try await onOwnThread { hasRead.wait() }
    for id in 40..<80 { try await store.database.add(entry: id) }
    mayEnd.signal()
    try await reader.value
    store.disk.failNextDatabaseSync()
    var kept = Array(0..<80)
    for id in 80..<400 where !store.disk.hasFailed {
      if (try? await store.database.add(entry: id)) != nil { kept.append(id) }
    }
    try await eventually { store.states.all.last == .open }
    store.disk.die()
    await store.database.close()
    try store.disk.crash()
    #expect(try await store.reopened() == kept)
  }

  @Test("What a body throws is the body's, whatever it is called") func bodiesErrors() async throws
  {
    let store = try await Store()
    for error in [StorageError.damaged("a row"), .ioFailed("a joke"), .diskFull] {
      await #expect(throws: error) { try await store.database.read { _ in throw error } }
      await #expect(throws: error) { try await store.database.transaction { _ in throw error } }
    }
    try await store.database.add(entry: 1)
    #expect(try await store.database.entries() == [1])
    #expect(store.states.all == [])
    await store.database.close()
  }

  @Test("A damaged page is not built upon") func damage() async throws {
    let store = try await Store()
    for id in 0..<200 { try await store.database.add(entry: id) }
    await store.database.close()
    let file = try FileHandle(forWritingTo: URL(filePath: store.folder.path))
    for page in 8..<14 {
      try file.seek(toOffset: UInt64(page * 4_096))
      file.write(Data(repeating: 0xab, count: 4_096))
    }
    try file.close()
    let again = try await Store(store.folder)
    await #expect {
      try await again.database.read { try $0.rows("SELECT filler FROM entry").count }
    } throws: { error in
      guard case .damaged? = error as? StorageError else { return false }
      return true
    }
    try await eventually { again.isRecovering }
    await #expect { try await again.database.add(entry: 500) } throws: { error in
      guard case .unavailable? = error as? StorageError else { return false }
      return true
    }
    await again.database.close()
  }
}

/// A store on a disk that can be made to fail, with what it told its host.
private struct Store {
  let folder: StoreFolder
  let disk = FaultyDisk()
  let database: SQLiteDatabase
  let states: Notes<StorageState>

  init(_ folder: StoreFolder? = nil, logPages: Int = 1_000) async throws {
    let folder = try folder ?? StoreFolder()
    let states = Notes<StorageState>()
    var options = StorageOptions()
    options.vfs = disk.name
    options.limits.recoveryPause = .milliseconds(5)
    options.limits.logPages = logPages
    options.onStateChange = { state in states.add(state) }
    database = try await SQLiteDatabase.open(
      .file(folder.path), migrations: [.entries], options: options)
    self.folder = folder
    self.states = states
  }

  var isRecovering: Bool {
    guard case .recovering? = states.all.last else { return false }
    return true
  }

  func reopened() async throws -> [Int] {
    let database = try await SQLiteDatabase.open(.file(folder.path), migrations: [.entries])
    let entries = try await database.entries()
    await database.close()
    #expect(try integrity(of: folder.path) == "ok")
    return entries
  }
}
