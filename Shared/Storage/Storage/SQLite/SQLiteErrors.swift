internal import CSQLite

extension StorageError {
  /// What an extended result code of SQLite means to a caller.
  init(sqlite code: Int32, _ message: String) {
    let named = message.firstIndex(of: ":").map { message[$0...].dropFirst(2) } ?? ""
    switch code & 0xff {
    case SQLITE_CONSTRAINT: self = .init(constraint: code, String(named), message)
    case SQLITE_FULL: self = .diskFull
    case SQLITE_CORRUPT, SQLITE_NOTADB: self = .damaged(message)
    case SQLITE_READONLY where code == SQLITE_READONLY: self = .failed(message)
    case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PROTOCOL, SQLITE_NOMEM, SQLITE_READONLY:
      self = .ioFailed("\(message), SQLite's code \(code)")
    case SQLITE_BUSY, SQLITE_LOCKED: self = .unavailable(message)
    case SQLITE_INTERRUPT: self = .timeLimitExceeded
    case SQLITE_TOOBIG: self = .valueTooLarge
    default: self = .failed("\(message), SQLite's code \(code)")
    }
  }

  private init(constraint code: Int32, _ named: String, _ message: String) {
    switch code >> 8 {
    case 6, 8, 10: self = .uniqueViolation(named)  // primary key, unique, rowid
    case 3: self = .foreignKeyViolation
    case 1: self = .checkViolation(named)
    case 5: self = .notNullViolation(named)
    default: self = .failed(message)
    }
  }

  /// After these a connection is closed: what it holds in memory may not be what is on disk.
  var endsConnection: Bool {
    switch self {
    case .ioFailed, .diskFull, .damaged: true
    default: false
    }
  }
}
