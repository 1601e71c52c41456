internal import CSQLite

extension SQLiteConnection {
  /// A prepared statement.
  @safe final class Statement {
    private let handle: OpaquePointer
    private var columns: [String] = []
    var cacheKey = ""
    var isInUse = false
    var lastUse = 0

    init(_ handle: OpaquePointer) { unsafe self.handle = handle }

    deinit { unsafe sqlite3_finalize(handle) }

    var text: String { unsafe String(cString: sqlite3_sql(handle)) }
    var isReadOnly: Bool { unsafe sqlite3_stmt_readonly(handle) != 0 }

    func step() -> Int32 { unsafe sqlite3_step(handle) }

    func reset() {
      unsafe sqlite3_reset(handle)
      unsafe sqlite3_clear_bindings(handle)
    }

    /// The places that stand for values.
    var places: Int { Int(unsafe sqlite3_bind_parameter_count(handle)) }

    func bind(_ values: [SQLValue]) -> Int32 {
      for (place, value) in zip(Int32(1)..., values) {
        let code = bind(value, at: place)
        guard code == SQLITE_OK else { return code }
      }
      return SQLITE_OK
    }

    private func bind(_ value: SQLValue, at place: Int32) -> Int32 {
      switch value {
      case .null:
        return unsafe sqlite3_bind_null(handle, place)
      case .integer(let integer):
        return unsafe sqlite3_bind_int64(handle, place, integer)
      case .real(let real):
        return unsafe sqlite3_bind_double(handle, place, real)
      case .text(var text):
        // Bound by length: a NUL inside stays inside.
        return text.withUTF8 { utf8 in
          unsafe sqlite3_bind_text64(
            handle, place, utf8.baseAddress, UInt64(utf8.count), Self.copied, UInt8(SQLITE_UTF8))
        }
      case .bytes(let bytes):
        guard !bytes.isEmpty else { return unsafe sqlite3_bind_zeroblob(handle, place, 0) }
        return unsafe bytes.withUnsafeBytes { bytes in
          unsafe sqlite3_bind_blob64(
            handle, place, bytes.baseAddress, UInt64(bytes.count), Self.copied)
        }
      }
    }

    func row() -> Row {
      let count = unsafe sqlite3_column_count(handle)
      if columns.count != count {
        columns = (0..<count).map { unsafe String(cString: sqlite3_column_name(handle, $0)) }
      }
      return Row(columns: columns, values: (0..<count).map(value))
    }

    private func value(at column: Int32) -> SQLValue {
      switch unsafe sqlite3_column_type(handle, column) {
      case SQLITE_INTEGER:
        return .integer(unsafe sqlite3_column_int64(handle, column))
      case SQLITE_FLOAT:
        return .real(unsafe sqlite3_column_double(handle, column))
      case SQLITE_TEXT:
        let start = unsafe sqlite3_column_text(handle, column)
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return .text(
          unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
      case SQLITE_BLOB:
        let start = unsafe sqlite3_column_blob(handle, column)
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return .bytes(unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count)))
      default:
        return .null
      }
    }

    /// SQLITE_TRANSIENT: SQLite keeps a copy of its own.
    private static var copied: sqlite3_destructor_type {
      unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }
  }

  /// The statements that a connection has prepared, the latest used of them.
  struct StatementCache {
    private let capacity: Int
    private var statements: [String: Statement] = [:]
    private var uses = 0

    init(capacity: Int) { self.capacity = capacity }

    /// The statement of this text, for one user at a time.
    mutating func take(
      _ text: String, prepare: (String) throws(StorageError) -> Statement
    ) throws(StorageError) -> Statement {
      if let statement = statements[text], !statement.isInUse {
        statement.isInUse = true
        return statement
      }
      let statement = try prepare(text)
      statement.isInUse = true
      return statement
    }

    mutating func giveBack(_ statement: Statement) {
      statement.isInUse = false
      uses += 1
      statement.lastUse = uses
      guard statements[statement.cacheKey] == nil else { return }
      if statements.count >= capacity,
        let oldest = statements.values.filter({ !$0.isInUse }).min(by: { $0.lastUse < $1.lastUse })
      {
        statements[oldest.cacheKey] = nil
      }
      statements[statement.cacheKey] = statement
    }

    mutating func removeAll() { statements = [:] }
  }

  /// What SQLite's callbacks look at and write down; they run on the connection's thread.
  final class Watch {
    var statementDeadline: ContinuousClock.Instant?
    var deadline: ContinuousClock.Instant?
    /// Whether somebody wants the work ended.
    var isUnwanted: (() -> Bool)?
    var permitsControl = false
    var logPages = 0
    /// The first error after which the connection is not to be trusted.
    var failure: StorageError?

    var isOverdue: Bool {
      let now = ContinuousClock.now
      if let deadline, deadline <= now { return true }
      if let statementDeadline, statementDeadline <= now { return true }
      return isUnwanted?() ?? false
    }

    /// Transactions and settings are the engine's: a body that commits would acknowledge others.
    func permits(_ action: Int32) -> Bool {
      switch action {
      case SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_ATTACH, SQLITE_DETACH, SQLITE_PRAGMA:
        permitsControl
      default: true
      }
    }

    static func at(_ pointer: UnsafeMutableRawPointer?) -> Watch {
      unsafe Unmanaged<Watch>.fromOpaque(pointer!).takeUnretainedValue()
    }
  }
}
