/// Where a store is kept.
package enum StoreLocation: Hashable, Sendable {
  /// Path of the database; SQLite's log and our lock stand beside it. Its folder is made.
  case file(String)
  /// A private store that ends with its `Database`, for tests: the same engine on a passing file
  /// that nothing waits to see on disk.
  case memory
}

package struct StorageOptions: Sendable {
  package var limits = StorageLimits()
  package var readers = 4
  /// Opening applies what is pending; otherwise it refuses a store that is not up to date.
  package var appliesMigrations = true
  /// Called on the store's threads at each change of state: health follows it.
  package var onStateChange: @Sendable (StorageState) -> Void = { _ in }
  /// Called on the store's threads after each piece of work: metrics follow it.
  package var onEvent: @Sendable (StorageEvent) -> Void = { _ in }
  /// The name of a registered SQLite VFS; nil is the system's.
  package var vfs: String?

  package init() {}
}

/// What a store will not exceed.
package struct StorageLimits: Sendable {
  /// Writes that wait for the writer; one more is refused as `overloaded`.
  package var waitingWrites = 1_000
  package var waitingReads = 1_000
  /// Writes that share one commit, and for how long their bodies may keep the first one waiting.
  package var batchWrites = 256
  package var batchTime = Duration.milliseconds(50)
  /// One statement, with what is done on its rows.
  package var statementTime = Duration.seconds(5)
  /// One read: while it lasts, the log cannot begin again.
  package var readTime = Duration.seconds(10)
  /// Rows that `Transaction.rows` returns.
  package var rows = 100_000
  /// Bytes of one value, row or statement.
  package var valueBytes = 64 << 20
  /// Prepared statements that a connection keeps.
  package var statements = 128
  /// Pages of log after which the writer moves into the database what no reader stands in the way
  /// of, and those past which it waits for the readers.
  package var logPages = 1_000
  package var logPagesAtMost = 16_000
  /// How long recovery waits before it tries again: twice as long each time, up to the second.
  package var recoveryPause = Duration.milliseconds(100)
  package var recoveryPauseAtMost = Duration.seconds(10)

  package init() {}
}

package enum StorageState: Hashable, Sendable {
  case open
  /// Nothing is read or written until the store is known to be whole on disk.
  case recovering(String)
  /// Reads go on, writes are refused until there is room.
  case full
  case closed
}

/// A piece of work that a store did.
package struct StorageEvent: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case read, write, commit, checkpoint, recovery
  }

  package let kind: Kind
  package let duration: Duration
  /// Writes that a commit made durable, pages of a checkpoint; otherwise 1.
  package let count: Int
  /// False where the store failed; a body that refused is no failure of the store.
  package let succeeded: Bool
}
