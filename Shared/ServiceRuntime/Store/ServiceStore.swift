internal import Observability
internal import Storage
internal import Synchronization

/// The store of a program: where it lies, what it is made of, and how it is.
struct ServiceStore: Sendable {
  let path: String
  let migrations: [Migration]

  private let state = StateOfStore()

  init(_ name: String, _ migrations: [Migration], _ settings: Settings) {
    path = "\(settings[StandardSettings.dataDirectory])/\(name).sqlite"
    self.migrations = migrations
  }

  func open(migrating: Bool, log: Log, timings: StoreMetrics?) async throws -> SQLiteDatabase {
    var options = StorageOptions()
    options.appliesMigrations = migrating
    options.onStateChange = { [state] new in
      switch (state.change(to: new), new) {
      case (.full, .open): log.notice("the store has room again: writes are taken")
      case (_, .open): log.notice("the store is open")
      case (_, .closed): log.notice("the store is closed")
      case (_, .full): log.error("the store is full: reads go on, writes are refused")
      case (_, .recovering(let why)):
        log.error("the store has failed and recovers", ["error": .text(why)])
      }
    }
    if let timings { options.onEvent = { timings.add($0) } }
    return try await SQLiteDatabase.open(.file(path), migrations: migrations, options: options)
  }

  /// Whether writes are taken.
  var isWritable: Bool { state.current == .open }

  /// For `/readyz`. A store that is full still reads, so it is no reason to send callers away.
  func check() throws(CheckFailure) -> CheckRemark? {
    switch state.current {
    case .open: return nil
    case .full: return CheckRemark("the store is full: reads are served, writes refused")
    case .recovering: throw CheckFailure("recovering from a failure")
    case .closed: throw CheckFailure("closed")
    }
  }

  // MARK: migrate

  /// What `migrate status`, `plan` and `up` print.
  func migrate(_ step: Invocation.Migrate, log: Log) async throws -> String {
    let plan = try await SQLiteDatabase.migrationPlan(.file(path), migrations: migrations)
    switch step {
    case .status:
      let applied = plan.applied.map { "applied  \($0.version) \($0.name)  \($0.appliedAt)\n" }
      let pending = plan.pending.map { "pending  \($0.version) \($0.name)\n" }
      return "\(path)\n" + (applied + pending).joined()
    case .plan:
      guard !plan.pending.isEmpty else { return "nothing to apply\n" }
      return plan.pending.map { "-- \($0.title)\n\($0.sql.trimmingEnd)\n" }.joined(separator: "\n")
    case .up:
      let database = try await open(migrating: true, log: log, timings: nil)
      await database.close()
      return plan.pending.map { "applied  \($0.version) \($0.name)\n" }.joined()
        + "the store is at version \(migrations.count)\n"
    }
  }
}

/// How the store said that it is.
private final class StateOfStore: Sendable {
  private let state = Mutex(StorageState.open)

  var current: StorageState { state.withLock { $0 } }

  /// Returns the state before.
  func change(to new: StorageState) -> StorageState {
    state.withLock { state in
      defer { state = new }
      return state
    }
  }
}

extension String {
  fileprivate var trimmingEnd: String {
    var text = self
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
