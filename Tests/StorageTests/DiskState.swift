import FaultyVFS
import Foundation

/// What a `FaultyDisk` holds: of each file what a crash leaves, and what it may leave.
struct DiskState {
  var fault: FaultyDisk.Fault?
  var random: SplitMix
  var files: [String: File] = [:]
  var counts: [DiskOperation: Int] = [:]
  var changes = 0
  var hasFailed = false
  var isDead = false

  struct File {
    /// Nil while its name is in no folder on disk.
    var durable: [UInt8]?
    var pending: [Change] = []
    /// What was on disk under this name before it was deleted, for a folder that was not synced.
    var ghost: [UInt8]?
    var size = 0
    /// The system's VFS syncs the folder of a log that it opened, with the log's first sync.
    var syncsFolder = false
  }

  enum Change {
    case write([UInt8], at: Int)
    case truncate(Int)
  }

  init(fault: FaultyDisk.Fault?, random: SplitMix) {
    self.fault = fault
    self.random = random
  }

  /// The code that an operation of this kind fails with, if it does.
  mutating func judge(_ operation: DiskOperation) -> Int32 {
    counts[operation, default: 0] += 1
    let failure =
      switch operation {
      case .read: faulty_read_error
      case .write: faulty_write_error
      case .sync: faulty_sync_error
      }
    if operation != .read { noteChange() }
    guard !isDead else { return failure }
    guard case .error(operation, let at, let times)? = fault, let count = counts[operation],
      (at..<at + times).contains(count)
    else { return faulty_ok }
    hasFailed = true
    return failure
  }

  private mutating func noteChange() {
    changes += 1
    if case .crash(let at)? = fault, changes >= at {
      hasFailed = true
      isDead = true
    }
  }

  mutating func open(_ path: String) -> Int32 {
    guard !isDead else { return faulty_read_error }
    if files[path] == nil {
      let content = (try? Data(contentsOf: URL(filePath: path))).map { [UInt8]($0) }
      files[path] = File(durable: content, size: content?.count ?? 0)
    }
    files[path]?.syncsFolder = !path.hasSuffix(".db")
    return faulty_ok
  }

  mutating func write(_ bytes: [UInt8], at offset: Int, in path: String) -> Int32 {
    let code = judge(.write)
    guard code == faulty_ok else { return code }
    let size = max(files[path]?.size ?? 0, offset + bytes.count)
    if case .room(let room)? = fault, size > files[path]?.size ?? 0 {
      let others = files.filter { $0.key != path }.values.reduce(0) { $0 + $1.size }
      guard others + size <= room else {
        hasFailed = true
        return faulty_full
      }
    }
    files[path]?.size = size
    files[path]?.pending.append(.write(bytes, at: offset))
    return faulty_ok
  }

  mutating func truncate(_ path: String, to size: Int) -> Int32 {
    let code = judge(.write)
    guard code == faulty_ok else { return code }
    files[path]?.size = size
    files[path]?.pending.append(.truncate(size))
    return faulty_ok
  }

  mutating func sync(_ path: String) -> Int32 {
    var code = judge(.sync)
    if case .databaseSync? = fault, path.hasSuffix(".db") {
      code = faulty_sync_error
      hasFailed = true
      fault = nil
    }
    guard var file = files[path] else { return code }
    if code == faulty_ok {
      file.durable = file.pending.reduce(file.durable ?? []) { $1.applied(to: $0) }
      if file.syncsFolder { forgetDeleted() }
      file.ghost = nil
      file.syncsFolder = false
    } else if !isDead {
      // Of what a failed sync should have kept, nothing more comes later.
      file.durable = file.durable.map { leftOver(of: file.pending, on: $0) }
    }
    if !isDead { file.pending = [] }
    files[path] = file
    return code
  }

  mutating func delete(_ path: String, syncsFolder: Bool) -> Int32 {
    let code = judge(.write)
    guard code == faulty_ok else { return code }
    let ghost = files[path].flatMap { $0.durable ?? $0.ghost }
    files[path] = File(ghost: syncsFolder ? nil : ghost)
    return faulty_ok
  }

  private mutating func forgetDeleted() {
    for path in files.keys where files[path]?.durable == nil { files[path]?.ghost = nil }
  }

  mutating func contentAfterCrash() -> [String: [UInt8]?] {
    var contents: [String: [UInt8]?] = [:]
    for (path, file) in files.sorted(by: { $0.key < $1.key }) {
      if let durable = file.durable {
        contents[path] = .some(leftOver(of: file.pending, on: durable))
      } else {
        contents[path] = .some(Bool.random(using: &random) ? file.ghost : nil)
      }
    }
    return contents
  }

  /// Each change was written, or not, or up to a sector.
  private mutating func leftOver(of changes: [Change], on content: [UInt8]) -> [UInt8] {
    var content = content
    for change in changes {
      switch (Int.random(in: 0..<3, using: &random), change) {
      case (0, _): continue
      case (1, .write(let bytes, let offset)):
        let sectors = Int.random(in: 0...bytes.count / 512, using: &random)
        content = Change.write(Array(bytes.prefix(sectors * 512)), at: offset).applied(to: content)
      default: content = change.applied(to: content)
      }
    }
    return content
  }
}

extension DiskState.Change {
  func applied(to content: [UInt8]) -> [UInt8] {
    var content = content
    switch self {
    case .write(let bytes, let offset):
      let end = offset + bytes.count
      if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
      content.replaceSubrange(offset..<end, with: bytes)
    case .truncate(let size):
      content = Array(content.prefix(size))
      content += [UInt8](repeating: 0, count: size - content.count)
    }
    return content
  }
}
