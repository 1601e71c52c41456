internal import Synchronization

/// The threads of an open store and what they share. They keep it alive until it is closed.
final class StoreThreads: Sendable {
  let writes: WorkQueue
  let reads: WorkQueue
  private let options: StorageOptions
  private let status: StoreStatus
  private let ending = Mutex(Ending())

  private struct Ending {
    var isOver = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  init(_ options: StorageOptions) {
    self.options = options
    status = StoreStatus(options)
    writes = WorkQueue(capacity: options.limits.waitingWrites)
    reads = WorkQueue(capacity: options.limits.waitingReads)
  }

  /// Returns once the store is open and migrated.
  func start(_ location: StoreLocation, _ migrations: [Migration]) async throws {
    try await withCheckedThrowingContinuation {
      (opened: CheckedContinuation<Void, any Error>) in
      do {
        try OwnThread { self.serve(location, migrations, opened) }.letGo()
      } catch {
        opened.resume(throwing: error)
      }
    }
  }

  /// What waits is still served.
  func end() {
    writes.close()
    reads.close()
  }

  /// Returns when the last thread has let go of the store.
  func ended() async {
    await withCheckedContinuation { continuation in
      let isOver = ending.withLock { ending in
        if !ending.isOver { ending.waiting.append(continuation) }
        return ending.isOver
      }
      if isOver { continuation.resume() }
    }
  }

  private func serve(
    _ location: StoreLocation, _ migrations: [Migration],
    _ opened: CheckedContinuation<Void, any Error>
  ) {
    do {
      let file = try StoreFile(location, options: options)
      defer { file.letGo() }
      let writer = try open(file, migrations)
      let readers = try startReaders(writer.pool)
      opened.resume()
      writer.serve()
      for reader in readers { reader.join() }
      writer.close()
    } catch {
      end()
      opened.resume(throwing: error)
      return
    }
    status.change(to: .closed)
    over()
  }

  private func open(_ file: StoreFile, _ migrations: [Migration]) throws -> Writer {
    let connection = try file.openWriter()
    let migrator = Migrator(connection, migrations)
    try options.appliesMigrations ? migrator.apply() : migrator.check()
    return Writer(
      file, connection, writes: writes, reads: reads, pool: ReaderPool(file), status: status,
      limits: options.limits)
  }

  private func startReaders(_ pool: ReaderPool) throws -> [OwnThread] {
    let reader = Reader(
      reads: reads, pool: pool, status: status, limits: options.limits,
      wakeWriter: { [writes] in writes.stir() })
    return try (0..<max(1, options.readers)).map { _ in
      try OwnThread { reader.serve() }
    }
  }

  private func over() {
    let waiting = ending.withLock { ending in
      ending.isOver = true
      defer { ending.waiting = [] }
      return ending.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

/// Runs what blocks on a thread that ends with it.
func onOwnThread<Answer: Sendable>(
  _ body: @escaping @Sendable () throws -> Answer
) async throws -> Answer {
  try await withCheckedThrowingContinuation { continuation in
    do {
      try OwnThread { continuation.resume(with: Result { try body() }) }.letGo()
    } catch {
      continuation.resume(throwing: error)
    }
  }
}
