/// The one thread that writes: what waits shares a transaction, a commit and its fsync, and is
/// answered after it.
final class Writer {
  private let file: StoreFile
  private let writes: WorkQueue
  private let reads: WorkQueue
  let pool: ReaderPool
  private let status: StoreStatus
  private let limits: StorageLimits
  private var connection: SQLiteConnection
  /// Pages of log at the last checkpoint.
  private var pagesMoved = 0
  /// The database broke the rules of its form, and has not been seen whole since.
  private var isSuspect = false

  init(
    _ file: StoreFile, _ connection: SQLiteConnection, writes: WorkQueue, reads: WorkQueue,
    pool: ReaderPool, status: StoreStatus, limits: StorageLimits
  ) {
    self.file = file
    self.connection = connection
    self.writes = writes
    self.reads = reads
    self.pool = pool
    self.status = status
    self.limits = limits
  }

  /// Returns when the store is closed.
  func serve() {
    while true {
      switch writes.next() {
      case .work(let work):
        if let failure = commit(startingWith: work) { recover(from: failure) }
      case .nothing: break
      case .closed: return
      }
      if let failure = status.takeFailure() { recover(from: failure) }
      if let failure = moveLogIfDue() { recover(from: failure) }
    }
  }

  func close() {
    pool.closeAll()
    _ = try? connection.checkpoint(.truncate)
    connection.close()
  }

  // MARK: Committing

  /// A body that ran, and why it is undone if it is.
  private struct Ran {
    let work: any Work
    let error: (any Error)?
  }

  /// Commits a write with those that wait; returns the failure to recover from.
  private func commit(startingWith first: any Work) -> StorageError? {
    var due = [first]
    var ran: [Ran] = []
    var expelled: [Ran] = []
    do {
      try connection.control("BEGIN IMMEDIATE")
      let end = ContinuousClock.now + limits.batchTime
      while let work = due.popLast() ?? another(after: ran.count, until: end) {
        let error = run(work)
        if connection.watch.failure == nil, connection.isInTransaction {
          ran.append(Ran(work: work, error: error))
          continue
        }
        if let failure = connection.watch.failure {
          let others = [work] + due
          return abandon(ran + expelled + others.map { Ran(work: $0, error: nil) }, failure)
        }
        // Its statement took the others' changes along: they run again, without it.
        expelled.append(Ran(work: work, error: error ?? StorageError.timeLimitExceeded))
        due += ran.reversed().map(\.work)
        ran = []
        try connection.control("BEGIN IMMEDIATE")
      }
    } catch {
      return abandon(ran + expelled + due.map { Ran(work: $0, error: nil) }, failure(error))
    }
    return commit(ran + expelled)
  }

  private func another(after count: Int, until end: ContinuousClock.Instant) -> (any Work)? {
    count < limits.batchWrites && .now < end ? writes.poll() : nil
  }

  /// Runs a body in a savepoint of its own; returns why it is undone.
  private func run(_ work: any Work) -> (any Error)? {
    let start = ContinuousClock.now
    do {
      try connection.control("SAVEPOINT body")
      let transaction = StoreTransaction(connection, limits: limits)
      var error = work.run(in: transaction)
      transaction.end()
      status.did(.write, since: start, succeeded: !(error is StorageError))
      guard connection.watch.failure == nil, connection.isInTransaction else { return error }
      if error == nil, connection.hasOpenForeignKeys { error = StorageError.foreignKeyViolation }
      if error != nil { try connection.control("ROLLBACK TO body") }
      try connection.control("RELEASE body")
      return error
    } catch {
      return error
    }
  }

  private func commit(_ ran: [Ran]) -> StorageError? {
    let start = ContinuousClock.now
    do {
      try connection.control("COMMIT")
    } catch {
      status.did(.commit, since: start, count: ran.count, succeeded: false)
      return abandon(ran, failure(error), whileCommitting: true)
    }
    status.did(.commit, since: start, count: ran.count { $0.error == nil })
    for ran in ran { ran.work.answer(ran.error) }
    return nil
  }

  /// Answers those whose transaction came to nothing. Even a refusal of a body is not told: it may
  /// have been for what another of the batch wrote, which is not there.
  private func abandon(_ ran: [Ran], _ failure: StorageError, whileCommitting: Bool = false)
    -> StorageError
  {
    let isUnknown = whileCommitting && failure != .diskFull
    for ran in ran {
      let unknown = StorageError.outcomeUnknown(failure.description)
      let refused = StorageError.unavailable(failure.description)
      ran.work.answer(ran.error != nil ? refused : isUnknown ? unknown : failure)
    }
    return failure
  }

  private func failure(_ error: any Error) -> StorageError {
    connection.watch.failure ?? error as? StorageError ?? .failed("\(error)")
  }

  // MARK: The log

  private func moveLogIfDue() -> StorageError? {
    let pages = connection.watch.logPages
    if pages < pagesMoved { pagesMoved = 0 }
    guard pages >= pagesMoved + limits.logPages else { return nil }
    let start = ContinuousClock.now
    do throws(StorageError) {
      try connection.checkpoint(pages >= limits.logPagesAtMost ? .truncate : .passive)
      pagesMoved = connection.watch.logPages
      status.did(.checkpoint, since: start, count: pages)
      return nil
    } catch {
      status.did(.checkpoint, since: start, count: pages, succeeded: false)
      pagesMoved = pages
      return error.endsConnection ? error : nil
    }
  }

  // MARK: Recovery

  /// Refuses work until the store is whole again, or until it is closed.
  private func recover(from failure: StorageError) {
    let start = ContinuousClock.now
    var failure = failure
    var pause = limits.recoveryPause
    while true {
      stop(for: failure)
      do {
        try begin()
        status.did(.recovery, since: start)
        return
      } catch {
        failure = self.failure(error)
      }
      status.did(.recovery, since: start, succeeded: false)
      if case .closed = writes.next(until: .now + pause) { return }
      pause = min(pause * 2, limits.recoveryPauseAtMost)
    }
  }

  /// A full disk puts nothing in doubt that was there before: reads go on. After every other
  /// failure no connection is kept.
  private func stop(for failure: StorageError) {
    if failure == .diskFull, connection.isOpen {
      writes.refuse(.diskFull)
      if connection.isInTransaction { _ = try? connection.control("ROLLBACK") }
      return status.change(to: .full)
    }
    let refusal = StorageError.unavailable(failure.description)
    writes.refuse(refusal)
    reads.refuse(refusal)
    status.change(to: .recovering(failure.description))
    pool.closeAll()
    connection.close()
    if case .damaged = failure { isSuspect = true }
  }

  private func begin() throws {
    let reported = status.takeFailure()
    connection.watch.failure = nil
    if connection.isOpen {
      if let reported { throw reported }
      try file.settle(connection)
    } else {
      let fresh = try file.openWriter()
      if isSuspect { try fresh.checkPages() }
      connection = fresh
      isSuspect = false
    }
    pagesMoved = 0
    pool.open()
    writes.refuse(nil)
    reads.refuse(nil)
    status.change(to: .open)
  }
}
