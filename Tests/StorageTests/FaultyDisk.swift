import FaultyVFS
import Foundation
import Synchronization

/// A disk that fails where a test wants it to, and forgets at a crash what it never synced.
///
/// What is durable of each file is kept here; the file itself is what programs see, the page cache.
/// A sync that fails loses what it should have written, and the next one says nothing of it.
@safe final class FaultyDisk: Sendable {
  enum Fault: Sendable {
    /// From the `at`th change on, nothing works any more.
    case crash(at: Int)
    /// The `at`th of its kind fails, and those after it up to `times` in all.
    case error(DiskOperation, at: Int, times: Int = 1)
    /// The next sync of the database itself, not of its log, fails.
    case databaseSync
    /// There is no room for more than this.
    case room(bytes: Int)
  }

  let name = "faulty-\(UUID().uuidString)"
  private let state: Mutex<DiskState>
  private let syncGate = DispatchSemaphore(value: 0)
  private let isGated = Atomic(false)
  private let isHolding = Atomic(false)
  private let vfs = Mutex<Registration?>(nil)

  @safe private struct Registration: @unchecked Sendable {
    let vfs: UnsafeMutablePointer<sqlite3_vfs>
  }

  init(_ fault: Fault? = nil, seed: UInt64 = 0) {
    state = Mutex(DiskState(fault: fault, random: SplitMix(seed)))
    let disk = unsafe Unmanaged.passUnretained(self).toOpaque()
    let registered = unsafe faulty_vfs_register(
      name,
      { disk, operation, path, offset, bytes, count in
        let disk = unsafe Unmanaged<FaultyDisk>.fromOpaque(disk!).takeUnretainedValue()
        let bytes = unsafe UnsafeRawBufferPointer(
          start: bytes, count: unsafe bytes == nil ? 0 : Int(count))
        return unsafe disk.judge(
          operation, String(cString: path!), Int(offset), [UInt8](bytes))
      }, disk)
    vfs.withLock { $0 = unsafe Registration(vfs: registered!) }
  }

  deinit {
    vfs.withLock { if let registered = $0 { unsafe faulty_vfs_unregister(registered.vfs) } }
  }

  private func judge(
    _ operation: FaultyOperation, _ path: String, _ offset: Int, _ bytes: [UInt8]
  ) -> Int32 {
    if operation == FAULTY_SYNC, isGated.load(ordering: .acquiring) {
      isHolding.store(true, ordering: .releasing)
      syncGate.wait()
    }
    return state.withLock { state in
      switch operation {
      case FAULTY_OPEN: state.open(path)
      case FAULTY_READ: state.judge(.read)
      case FAULTY_WRITE: state.write(bytes, at: offset, in: path)
      case FAULTY_TRUNCATE: state.truncate(path, to: offset)
      case FAULTY_SYNC: state.sync(path)
      default: state.delete(path, syncsFolder: offset != 0)
      }
    }
  }

  /// Times that something was made durable.
  var syncs: Int { state.withLock { $0.counts[.sync] ?? 0 } }
  /// Whether the fault has shown itself.
  var hasFailed: Bool { state.withLock { $0.hasFailed } }

  func failNextSync(times: Int = 1) {
    state.withLock { $0.fault = .error(.sync, at: ($0.counts[.sync] ?? 0) + 1, times: times) }
  }

  func failNextDatabaseSync() { state.withLock { $0.fault = .databaseSync } }

  /// Leaves room for a few pages.
  func fill() {
    state.withLock { state in
      let used = state.files.values.reduce(0) { $0 + $1.size }
      state.fault = .room(bytes: used + 5 * 4_096)
    }
  }

  func heal() { state.withLock { $0.fault = nil } }

  /// Nothing works any more.
  func die() { state.withLock { $0.isDead = true } }

  /// From now on a sync waits for `letSync`.
  func holdSyncs() { isGated.store(true, ordering: .releasing) }

  var isHoldingSync: Bool { isHolding.load(ordering: .acquiring) }

  func letSyncs() {
    isGated.store(false, ordering: .releasing)
    for _ in 0..<100 { syncGate.signal() }
  }

  /// Leaves the files as a machine finds them that lost power. No connection may be open.
  func crash() throws {
    for (path, content) in state.withLock({ $0.contentAfterCrash() }) {
      if let content {
        try Data(content).write(to: URL(filePath: path))
      } else {
        try? FileManager.default.removeItem(atPath: path)
      }
      try? FileManager.default.removeItem(atPath: path + "-shm")
    }
  }
}

enum DiskOperation: Sendable { case read, write, sync }

/// A sequence that a seed repeats.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}
