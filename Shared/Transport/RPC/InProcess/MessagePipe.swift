internal import Synchronization

/// Messages from one task to another in one process. Holds one: a sender waits for its reader, as
/// flow control would make it.
final class MessagePipe: Sendable {
  private typealias Waiters = [CheckedContinuation<Void, Never>]

  private let state = Mutex(State())

  private struct State {
    var message: [UInt8]?
    var end: End?
    var reader: CheckedContinuation<Void, Never>?
    var writer: CheckedContinuation<Void, Never>?

    mutating func takeWaiters() -> Waiters {
      defer { (reader, writer) = (nil, nil) }
      return [reader, writer].compactMap { $0 }
    }
  }

  private enum End { case finished, failed(RPCError) }

  /// Returns when the message is taken in; throws when the pipe has ended.
  func send(_ bytes: [UInt8]) async throws {
    while true {
      let (isDone, waiters) = try state.withLock { state -> (Bool, Waiters) in
        if case .failed(let error) = state.end { throw error }
        guard state.end == nil else {
          throw RPCError(.internal, "sent after the last message").reason("SENT_AFTER_END")
        }
        guard state.message == nil else { return (false, []) }
        state.message = bytes
        return (true, state.takeWaiters())
      }
      for waiter in waiters { waiter.resume() }
      if isDone { return }
      try await wait(\.writer) { $0.message != nil && $0.end == nil }
    }
  }

  /// The next message; nil after the last.
  func next() async throws -> [UInt8]? {
    while true {
      let (message, isDone, waiters) = try state.withLock {
        state -> ([UInt8]?, Bool, Waiters) in
        if let message = state.message.take() { return (message, true, state.takeWaiters()) }
        if case .failed(let error) = state.end { throw error }
        return (nil, state.end != nil, [])
      }
      for waiter in waiters { waiter.resume() }
      if isDone { return message }
      try await wait(\.reader) { $0.message == nil && $0.end == nil }
    }
  }

  /// Readers hear of the end after the message still inside, unless that is dropped.
  func finish(_ error: RPCError? = nil, isDropping: Bool = false) {
    let waiters = state.withLock { state -> Waiters in
      if isDropping { state.message = nil }
      guard state.end == nil else { return [] }
      state.end = error.map { .failed($0) } ?? .finished
      return state.takeWaiters()
    }
    for waiter in waiters { waiter.resume() }
  }

  private func wait(
    _ side: any WritableKeyPath<State, CheckedContinuation<Void, Never>?> & Sendable,
    while isBlocked: @Sendable (borrowing State) -> Bool
  ) async throws {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLock { state -> Bool in
          guard isBlocked(state), !Task.isCancelled else { return false }
          state[keyPath: side] = continuation
          return true
        }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      let waiters = state.withLock { $0.takeWaiters() }
      for waiter in waiters { waiter.resume() }
    }
    guard Task.isCancelled else { return }
    throw state.withLock { state in
      if case .failed(let error) = state.end { error } else { RPCError(CancellationError()) }
    }
  }
}
