internal import Glibc

/// The file of a store, held against every other process for as long as this is alive.
final class StoreFile: Sendable {
  let path: String
  private let isPassing: Bool
  private let lock: FileLock
  private let options: StorageOptions

  /// In `PRAGMA application_id`: "CABI".
  static let applicationID: Int64 = 0x4341_4249

  init(_ location: StoreLocation, options: StorageOptions) throws(StorageError) {
    self.options = options
    switch location {
    case .file(let path):
      self.path = path
      isPassing = false
      try Folder.make(Folder.holding(path))
    case .memory:
      path = try Folder.makeTemporary() + "/store.db"
      isPassing = true
    }
    lock = try FileLock(path + ".lock")
  }

  deinit {
    if isPassing { Folder.remove(Folder.holding(path)) }
  }

  /// Opens the connection that writes. The store is wholly on disk when this returns.
  func openWriter() throws -> SQLiteConnection {
    let connection = try SQLiteConnection(
      path, .readWrite, vfs: options.vfs, limits: options.limits)
    connection.wait(forLocks: options.limits.readTime + .seconds(1))
    try claim(connection)
    guard try connection.control("PRAGMA journal_mode = WAL") == .text("wal") else {
      throw StorageError.ioFailed("\(path) cannot have a write-ahead log")
    }
    for setting in [
      "synchronous = \(isPassing ? "OFF" : "FULL")", "foreign_keys = ON", "trusted_schema = OFF",
      "cell_size_check = ON", "temp_store = MEMORY", "wal_autocheckpoint = 0",
      "journal_size_limit = \(options.limits.logPages * 4096)",
    ] {
      try connection.control("PRAGMA \(setting)")
    }
    try settle(connection)
    return connection
  }

  func openReader() throws -> SQLiteConnection {
    let connection = try SQLiteConnection(
      path, .readWrite, vfs: options.vfs, limits: options.limits)
    connection.wait(forLocks: .seconds(5))
    for setting in ["query_only = ON", "trusted_schema = OFF", "temp_store = MEMORY"] {
      try connection.control("PRAGMA \(setting)")
    }
    return connection
  }

  /// Opens a store that another process may have, to read only.
  static func openToLook(_ path: String, options: StorageOptions) throws -> SQLiteConnection {
    let connection = try SQLiteConnection(
      path, .readOnly, vfs: options.vfs, limits: options.limits)
    connection.wait(forLocks: .seconds(5))
    return connection
  }

  /// Makes what is in the log part of the database on disk, and the log begin again.
  ///
  /// After a failed fsync the system may forget pages that it did not write. A log that reads well
  /// from its memory may then end, on disk, before commits that come after it: those would be
  /// acknowledged and lost. So the log is emptied, and a first commit proves that it is.
  func settle(_ connection: SQLiteConnection) throws {
    try connection.checkpoint(.truncate)
    try connection.control("BEGIN IMMEDIATE")
    try connection.control("PRAGMA application_id = \(Self.applicationID)")
    try connection.control("COMMIT")
  }

  /// Refuses a database that another program made.
  private func claim(_ connection: SQLiteConnection) throws {
    let mark = try connection.control("PRAGMA application_id")
    guard mark != .integer(Self.applicationID) else { return }
    let tables = try connection.rows("SELECT 1 FROM sqlite_schema LIMIT 1")
    guard mark == .integer(0), tables.isEmpty else {
      throw StorageError.foreignStore(path: path)
    }
  }
}

/// A lock that ends with its process, so that two never open one store.
@safe final class FileLock: Sendable {
  private let descriptor: Int32

  init(_ path: String) throws(StorageError) {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .ioFailed("\(path): \(Folder.lastError)") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      var text = [UInt8](repeating: 0, count: 32)
      let count = unsafe pread(descriptor, &text, text.count, 0)
      Glibc.close(descriptor)
      let owner = String(decoding: text.prefix(max(count, 0)), as: UTF8.self)
      throw .inUse(path: path, by: owner.isEmpty ? "another process" : owner)
    }
    let owner = Array("process \(getpid())".utf8)
    ftruncate(descriptor, 0)
    unsafe pwrite(descriptor, owner, owner.count, 0)
  }

  deinit { Glibc.close(descriptor) }
}

/// Folders, as the system has them.
enum Folder {
  static func holding(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes a folder and those above it; what is new is on disk when this returns.
  static func make(_ path: String) throws(StorageError) {
    guard !contains(path) else { return }
    try make(holding(path))
    guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw .ioFailed("\(path): \(lastError)")
    }
    let above = unsafe open(holding(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { Glibc.close(above) }
    guard fsync(above) == 0 else { throw .ioFailed("\(path): \(lastError)") }
  }

  static func contains(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  static func makeTemporary() throws(StorageError) -> String {
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = (parent + "/cabildo-store-XXXXXX").utf8CString
    let made = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) }
    guard let made = unsafe made else { throw .ioFailed("\(parent): \(lastError)") }
    return unsafe String(cString: made)
  }

  /// Removes a folder of plain files.
  static func remove(_ path: String) {
    guard let folder = unsafe opendir(path) else { return }
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
      }
      unsafe unlink(path + "/" + name)
    }
    unsafe closedir(folder)
    unsafe rmdir(path)
  }

  static var lastError: String { unsafe String(cString: strerror(errno)) }
}
