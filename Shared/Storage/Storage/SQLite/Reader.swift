/// A thread's work of reading.
struct Reader: Sendable {
  let reads: WorkQueue
  let pool: ReaderPool
  let status: StoreStatus
  let limits: StorageLimits
  let wakeWriter: @Sendable () -> Void

  func serve() {
    while true {
      switch reads.next() {
      case .work(let work): read(work)
      case .nothing: continue
      case .closed: return
      }
    }
  }

  private func read(_ work: any Work) {
    let start = ContinuousClock.now
    let failure: (any Error)?
    do {
      let connection = try pool.lend()
      failure = read(work, on: connection)
      if let broken = connection.watch.failure { report(broken) }
      pool.giveBack(connection)
    } catch {
      failure = error
      if let error = error as? StorageError, error.endsConnection { report(error) }
    }
    status.did(.read, since: start, succeeded: !(failure is StorageError))
    work.answer(failure)
  }

  /// Has the writer recover.
  private func report(_ failure: StorageError) {
    status.report(failure)
    wakeWriter()
  }

  /// Runs the body on one snapshot; returns what it threw, or what stands in its place.
  private func read(_ work: any Work, on connection: SQLiteConnection) -> (any Error)? {
    let watch = connection.watch
    do {
      try connection.control("BEGIN")
      watch.deadline = .now + limits.readTime
      watch.isUnwanted = { work.isCancelled || pool.isClosing }
      let transaction = StoreTransaction(connection, limits: limits)
      let error = work.run(in: transaction)
      transaction.end()
      watch.deadline = nil
      watch.isUnwanted = nil
      try connection.control("ROLLBACK")
      if let failure = watch.failure { return failure }
      guard (error as? StorageError) == .timeLimitExceeded else { return error }
      if work.isCancelled { return CancellationError() }
      return pool.isClosing ? StorageError.unavailable("recovering") : error
    } catch {
      return error
    }
  }
}
