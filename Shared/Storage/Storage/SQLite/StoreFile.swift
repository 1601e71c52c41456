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
    lock = try FileLock(of: path)
  }

  /// Lets others open it.
  func letGo() {
    lock.letGo()
    if isPassing { Folder.remove(Folder.holding(path)) }
  }

  /// Opens the connection that writes. The store is wholly on disk when this returns.
  func openWriter() throws -> SQLiteConnection {
    let connection = try SQLiteConnection(
      path, .readWrite, vfs: options.vfs, limits: options.limits)
    connection.wait(forLocks: options.limits.readTime + .seconds(1))
    try Self.claim(connection, path)
    guard try connection.control("PRAGMA journal_mode = WAL") == .text("wal") else {
      throw StorageError.ioFailed("\(path) cannot have a write-ahead log")
    }
    for setting in [
      "synchronous = \(isPassing ? "OFF" : "FULL")", "foreign_keys = ON", "trusted_schema = OFF",
      "cell_size_check = ON", "temp_store = MEMORY",
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
    try claim(connection, path)
    return connection
  }

  /// Makes what is in the log part of the database on disk, and the log begin again.
  ///
  /// After a failed fsync the system may forget pages that it did not write. A log that reads well
  /// from its memory may then end, on disk, before commits that come after it: those would be
  /// acknowledged and lost. So the log is read anew, all of it is moved, and a first commit proves
  /// that it begins again.
  func settle(_ connection: SQLiteConnection) throws {
    try connection.checkpoint(.truncate)
    try connection.control("BEGIN IMMEDIATE")
    try connection.control("PRAGMA application_id = \(Self.applicationID)")
    try connection.control("COMMIT")
  }

  /// Refuses a database that another program made.
  private static func claim(_ connection: SQLiteConnection, _ path: String) throws {
    let mark = try connection.control("PRAGMA application_id")
    guard mark != .integer(applicationID) else { return }
    let tables = try connection.rows("SELECT 1 FROM sqlite_schema LIMIT 1")
    guard mark == .integer(0), tables.isEmpty else {
      throw StorageError.foreignStore(path: path)
    }
  }
}
