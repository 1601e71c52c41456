internal import Synchronization

/// The connections that read. Recovery takes all of them away before it opens the store again.
final class ReaderPool: Sendable {
  private struct State {
    var idle: [SQLiteConnection] = []
    var lent = 0
    var isOpen = true
  }

  private let file: StoreFile
  private let state = Monitor(State())
  private let closing = Atomic(false)

  init(_ file: StoreFile) { self.file = file }

  /// Reads that go on should end.
  var isClosing: Bool { closing.load(ordering: .relaxed) }

  func lend() throws -> SQLiteConnection {
    let idle: Result<SQLiteConnection?, StorageError> = state.update { state in
      guard state.isOpen else { return .failure(.unavailable("recovering")) }
      state.lent += 1
      return .success(state.idle.popLast())
    }
    if let connection = try idle.get() { return connection }
    do {
      return try file.openReader()
    } catch {
      state.update { $0.lent -= 1 }
      throw error
    }
  }

  func giveBack(_ connection: SQLiteConnection) {
    let isKept = state.update { state in
      guard state.isOpen, connection.isFit else { return false }
      state.idle.append(connection)
      return true
    }
    if !isKept { connection.close() }
    state.update { $0.lent -= 1 }
  }

  /// Returns once no connection is open.
  func closeAll() {
    closing.store(true, ordering: .relaxed)
    let idle = state.update { state in
      state.isOpen = false
      defer { state.idle = [] }
      return state.idle
    }
    for connection in idle { connection.close() }
    _ = state.wait { $0.lent == 0 ? true : nil }
  }

  func open() {
    closing.store(false, ordering: .relaxed)
    state.update { $0.isOpen = true }
  }
}
