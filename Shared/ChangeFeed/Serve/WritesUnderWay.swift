internal import Synchronization

/// The writes of a process that have begun and not ended, for those that must not answer before
/// what may still be recorded is. They wait in memory: the store has no work by them.
final class WritesUnderWay: Sendable {
  private struct State {
    var begun = 0
    var running: Set<Int> = []
    var nextWaiting = 0
    var waiting: [Int: Waiting] = [:]

    func isOver(before write: Int) -> Bool { running.allSatisfy { $0 >= write } }
  }

  private struct Waiting {
    /// The first write that is not waited for.
    let before: Int
    let continuation: CheckedContinuation<Void, Never>
  }

  private let state = Mutex(State())

  /// Counts a write in; to be followed by `end`.
  func begin() -> Int {
    state.withLock { state in
      state.begun += 1
      state.running.insert(state.begun)
      return state.begun
    }
  }

  func end(_ write: Int) {
    let due = state.withLock { state in
      state.running.remove(write)
      let first = state.running.min() ?? .max
      let due = state.waiting.filter { $1.before <= first }
      for id in due.keys { state.waiting[id] = nil }
      return due.values
    }
    for waiter in due { waiter.continuation.resume() }
  }

  /// Returns when the writes that are under way now have ended, at once where there are none;
  /// throws when the waiting task is cancelled.
  func settle() async throws {
    let (id, before) = state.withLock { state in
      state.nextWaiting += 1
      return (state.nextWaiting, state.begun + 1)
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLock { state in
          guard !Task.isCancelled, !state.isOver(before: before) else { return false }
          state.waiting[id] = Waiting(before: before, continuation: continuation)
          return true
        }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: id) }?.continuation.resume()
    }
    try Task.checkCancellation()
  }
}
