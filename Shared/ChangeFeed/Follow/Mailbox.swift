internal import Synchronization

/// From the task that reads a stream to the one that takes it in: what comes meanwhile is taken in
/// together, and a full box makes the reader wait.
final class Mailbox<Letter: Sendable>: Sendable {
  private struct State {
    var letters: [Letter] = []
    var bytes = 0
    var isFinished = false
    var failure: (any Error)?
    var writer: CheckedContinuation<Void, Never>?
    var reader: CheckedContinuation<Void, Never>?

    mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
      defer { (writer, reader) = (nil, nil) }
      return [writer, reader].compactMap(\.self)
    }
  }

  private let state = Mutex(State())
  private let limit: PageLimit

  init(_ limit: PageLimit) { self.limit = limit }

  /// Returns when there was room; throws when the waiting task is cancelled.
  func put(_ letter: Letter, bytes: Int) async throws {
    let limit = limit
    try await wait(\.writer) { $0.letters.count >= limit.count || $0.bytes >= limit.bytes }
    wake { state in
      state.letters.append(letter)
      state.bytes += bytes
    }
  }

  /// No more letters; with an error, which the reader hears after the last.
  func finish(_ error: (any Error)? = nil) {
    wake { state in
      guard !state.isFinished else { return }
      (state.isFinished, state.failure) = (true, error)
    }
  }

  /// All that is there, once something is; nil after the last.
  func takeAll() async throws -> [Letter]? {
    try await wait(\.reader) { $0.letters.isEmpty && !$0.isFinished }
    let (letters, failure) = wake { state in
      defer { (state.letters, state.bytes) = ([], 0) }
      return (state.letters, state.failure)
    }
    guard letters.isEmpty else { return letters }
    if let failure { throw failure }
    return nil
  }

  @discardableResult
  private func wake<Result: Sendable>(_ change: (inout State) -> Result) -> Result {
    let (result, waiters) = state.withLock { state in
      let result = change(&state)
      return (result, state.takeWaiters())
    }
    for waiter in waiters { waiter.resume() }
    return result
  }

  /// One task waits on each side.
  private func wait(
    _ side: any WritableKeyPath<State, CheckedContinuation<Void, Never>?> & Sendable,
    while isBlocked: @Sendable (borrowing State) -> Bool
  ) async throws {
    while state.withLock({ isBlocked($0) }) {
      try Task.checkCancellation()
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let mustWait = state.withLock { state in
            guard isBlocked(state), !Task.isCancelled else { return false }
            state[keyPath: side] = continuation
            return true
          }
          if !mustWait { continuation.resume() }
        }
      } onCancel: {
        wake { _ in }
      }
    }
  }
}
