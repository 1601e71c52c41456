/// A store of one service.
package protocol Database: Sendable {
  /// Runs a body that may write and returns once its changes are durable. What it throws undoes
  /// it alone. It runs on a thread of the store, and may run again: it must do nothing but SQL.
  @discardableResult
  func transaction<R: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> R
  ) async throws -> R

  /// Runs a body that sees one snapshot of what is durable, and cannot write.
  func read<R: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> R
  ) async throws -> R

  /// Finishes what waits, refuses what comes, and lets the store go.
  func close() async
}

/// What a body may do. It ends with the body.
package protocol Transaction {
  /// All rows at once, up to `StorageLimits.rows`.
  func rows(_ sql: SQL) throws -> [Row]

  /// Row after row, without keeping them.
  func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws

  /// Returns how many rows changed.
  @discardableResult func run(_ sql: SQL) throws -> Int
}
