internal import CSQLite

/// One connection to SQLite, the one place that touches its pointers.
///
/// It belongs to one thread at a time; whoever hands it on lets go of it.
@safe final class SQLiteConnection: @unchecked Sendable {
  private var database: OpaquePointer?
  private var statements: StatementCache
  private var controls = StatementCache(capacity: 16)
  /// How long a statement may take, with what is done on its rows; nil is without end.
  var statementTime: Duration?
  /// What SQLite's callbacks look at and write down.
  let watch = Watch()

  enum Mode { case readWrite, readOnly }

  init(_ path: String, _ mode: Mode, vfs: String?, limits: StorageLimits) throws(StorageError) {
    statementTime = limits.statementTime
    statements = StatementCache(capacity: limits.statements)
    let flags =
      (mode == .readWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY)
      | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    let code = unsafe sqlite3_open_v2(path, &database, flags, vfs)
    guard code == SQLITE_OK else {
      let error = failure(code)
      unsafe sqlite3_close(database)
      unsafe database = nil
      throw error
    }
    unsafe sqlite3_limit(database, SQLITE_LIMIT_LENGTH, Int32(clamping: limits.valueBytes))
    // SQLite takes pages for moved that no fsync has covered yet. After one that failed, its own
    // checkpoint at the close would leave them out and delete the log that still has them.
    unsafe sqlite3_db_config_no_checkpoint_on_close(database)
    installCallbacks()
  }

  deinit { close() }

  var isOpen: Bool { unsafe database != nil }

  func close() {
    statements.removeAll()
    controls.removeAll()
    unsafe sqlite3_close(database)
    unsafe database = nil
  }

  private func installCallbacks() {
    let watch = unsafe Unmanaged.passUnretained(watch).toOpaque()
    unsafe sqlite3_progress_handler(
      database, 1_000, { unsafe Watch.at($0).isOverdue ? 1 : 0 }, watch)
    unsafe sqlite3_wal_hook(
      database,
      { watch, _, _, frames in
        unsafe Watch.at(watch).logPages = Int(frames)
        return SQLITE_OK
      }, watch)
    unsafe sqlite3_set_authorizer(
      database,
      { watch, action, _, _, _, _ in
        unsafe Watch.at(watch).permits(action) ? SQLITE_OK : SQLITE_DENY
      }, watch)
  }

  // MARK: What bodies ask

  /// Runs a statement; returns the rows that it changed.
  @discardableResult
  func run(_ sql: SQL, _ onRow: (Row) throws -> Void = { _ in }) throws -> Int {
    let statement = try statements.take(sql.text) { text throws(StorageError) in
      try prepare(text)
    }
    defer { statements.giveBack(statement) }
    return try run(statement, sql.values, onRow)
  }

  func rows(_ sql: SQL, limit: Int = .max) throws -> [Row] {
    var rows: [Row] = []
    try run(sql) { row in
      guard rows.count < limit else { throw StorageError.tooManyRows(limit: limit) }
      rows.append(row)
    }
    return rows
  }

  /// Runs a text of many statements without values.
  func run(script: String) throws {
    var script = script
    try script.withUTF8 { text in
      var rest = unsafe text
      while !rest.isEmpty {
        guard let statement = try unsafe prepare(&rest) else { continue }
        _ = try run(statement, []) { _ in }
      }
    }
  }

  // MARK: What only the engine asks

  /// Runs a statement that bodies may not: BEGIN, COMMIT, PRAGMA.
  @discardableResult
  func control(_ text: String) throws -> SQLValue? {
    watch.permitsControl = true
    defer { watch.permitsControl = false }
    let statement = try controls.take(text) { text throws(StorageError) in try prepare(text) }
    defer { controls.giveBack(statement) }
    var value: SQLValue?
    _ = try run(statement, []) { value = value ?? $0.values.first }
    return value
  }

  enum Checkpoint {
    /// Moves what no reader stands in the way of.
    case passive
    /// Waits for readers, moves everything, and cuts the log to nothing.
    case truncate
  }

  func checkpoint(_ checkpoint: Checkpoint) throws(StorageError) {
    guard isOpen else { throw .closed }
    var inLog: Int32 = 0
    let mode = checkpoint == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
    let code = unsafe sqlite3_wal_checkpoint_v2(database, nil, mode, &inLog, nil)
    guard code == SQLITE_OK else { throw failure(code) }
    watch.logPages = Int(inLog)
  }

  /// Throws when the database breaks the rules of its own form.
  func checkPages() throws {
    let time = statementTime
    statementTime = nil
    defer { statementTime = time }
    guard case .text(let verdict) = try control("PRAGMA quick_check(1)"), verdict == "ok" else {
      throw StorageError.damaged("it does not pass SQLite's quick_check")
    }
  }

  func wait(forLocks duration: Duration) {
    unsafe sqlite3_busy_timeout(database, Int32(clamping: Int(duration / .milliseconds(1))))
  }

  var isInTransaction: Bool { unsafe isOpen && sqlite3_get_autocommit(database) == 0 }

  /// Whether another may have it after the work that had it.
  var isFit: Bool { watch.failure == nil && !isInTransaction }

  /// Whether a deferred foreign key waits for a row that is not there yet.
  var hasOpenForeignKeys: Bool {
    var current: Int32 = 0
    var highest: Int32 = 0
    unsafe sqlite3_db_status(database, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
    return current != 0
  }

  // MARK: Statements

  private func prepare(_ text: String) throws(StorageError) -> Statement {
    var text = text
    let outcome: Result<Statement, StorageError> = text.withUTF8 { bytes in
      var rest = unsafe bytes
      do throws(StorageError) {
        guard let statement = try unsafe prepare(&rest) else {
          return .failure(.failed("an empty statement"))
        }
        guard unsafe rest.allSatisfy({ $0 == 0x20 || $0 == 0x0a || $0 == 0x3b }) else {
          return .failure(.failed("more than one statement: \(statement.text)"))
        }
        return .success(statement)
      } catch {
        return .failure(error)
      }
    }
    let statement = try outcome.get()
    statement.cacheKey = text
    return statement
  }

  /// Prepares the first statement of a text and leaves the rest; nil for a comment or a blank.
  private func prepare(_ text: inout UnsafeBufferPointer<UInt8>) throws(StorageError) -> Statement?
  {
    guard isOpen else { throw .closed }
    var handle: OpaquePointer?
    var tail: UnsafePointer<CChar>?
    let start = unsafe UnsafeRawPointer(text.baseAddress!).assumingMemoryBound(to: CChar.self)
    let code = unsafe sqlite3_prepare_v3(
      database, start, Int32(clamping: text.count), 0, &handle, &tail)
    guard code == SQLITE_OK else { throw failure(code) }
    let used = unsafe tail! - start
    unsafe text = UnsafeBufferPointer(rebasing: text.dropFirst(used))
    guard let handle = unsafe handle else { return nil }
    return unsafe Statement(handle)
  }

  private func run(_ statement: Statement, _ values: [SQLValue], _ onRow: (Row) throws -> Void)
    throws -> Int
  {
    let outer = watch.statementDeadline
    if let statementTime {
      watch.statementDeadline = min(outer ?? .now + statementTime, .now + statementTime)
    }
    defer {
      watch.statementDeadline = outer
      statement.reset()
    }
    guard values.count == statement.places else {
      throw StorageError.failed(
        "\(values.count) values, \(statement.places) places: \(statement.text)")
    }
    let bound = statement.bind(values)
    guard bound == SQLITE_OK else { throw failure(bound) }
    while true {
      guard !watch.isOverdue else { throw StorageError.timeLimitExceeded }
      let code = statement.step()
      switch code {
      case SQLITE_ROW: try onRow(statement.row())
      case SQLITE_DONE: return statement.isReadOnly ? 0 : Int(unsafe sqlite3_changes64(database))
      default: throw failure(code)
      }
    }
  }

  private func failure(_ code: Int32) -> StorageError {
    let message = unsafe sqlite3_errmsg(database).map { unsafe String(cString: $0) }
    let error = StorageError(sqlite: code, message ?? "no memory")
    if error.endsConnection { watch.failure = watch.failure ?? error }
    return error
  }
}
