/// What a body of work is handed: its connection, until the body ends.
final class StoreTransaction: Transaction {
  private let connection: SQLiteConnection
  private let limits: StorageLimits
  private var isOver = false

  init(_ connection: SQLiteConnection, limits: StorageLimits) {
    self.connection = connection
    self.limits = limits
  }

  func end() { isOver = true }

  func rows(_ sql: SQL) throws -> [Row] {
    try check()
    return try connection.rows(sql, limit: limits.rows)
  }

  func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
    try check()
    try connection.run(sql, body)
  }

  @discardableResult func run(_ sql: SQL) throws -> Int {
    try check()
    return try connection.run(sql)
  }

  /// A statement that ran out of time or of disk has undone the transaction: whoever catches its
  /// error and goes on would write outside of any.
  private func check() throws {
    guard !isOver else { throw StorageError.failed("a transaction was used after its end") }
    if let failure = connection.watch.failure { throw failure }
    guard connection.isInTransaction else { throw StorageError.timeLimitExceeded }
  }
}
