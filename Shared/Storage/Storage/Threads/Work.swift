internal import Synchronization

/// A body that waits for a thread of the store, on behalf of a task that waits for its answer.
protocol Work: AnyObject, Sendable {
  /// Claims it for running; false when its caller has gone meanwhile.
  func start() -> Bool

  /// Runs the body and keeps what it returns or throws; nil when it returned. May be run again.
  func run(in transaction: any Transaction) -> (any Error)?

  /// Answers the caller: with what the body returned or threw, or with `failure` in its place.
  func answer(_ failure: (any Error)?)

  /// Whether the caller has gone.
  var isCancelled: Bool { get }
}

final class WorkOf<Answer: Sendable>: Work {
  private typealias Continuation = CheckedContinuation<Answer, any Error>
  private typealias Outcome = Result<Answer, any Error>

  private enum State {
    case new
    case waiting(Continuation)
    case running(Continuation, Outcome?)
    case over
  }

  private let body: @Sendable (any Transaction) throws -> Answer
  private let state = Mutex(State.new)
  private let cancelled = Atomic(false)

  private init(_ body: @escaping @Sendable (any Transaction) throws -> Answer) {
    self.body = body
  }

  /// Has a body run by the threads that serve `queue`. A task that is cancelled while its body
  /// still waits gets its answer at once, and the body never runs.
  static func perform(
    _ body: @escaping @Sendable (any Transaction) throws -> Answer, on queue: WorkQueue
  ) async throws -> Answer {
    let work = WorkOf(body)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        work.wait(continuation)
        do throws(StorageError) { try queue.append(work) } catch { work.answer(error) }
      }
    } onCancel: {
      work.cancel()
    }
  }

  var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

  func start() -> Bool {
    state.withLock { state in
      guard case .waiting(let continuation) = state else { return false }
      state = .running(continuation, nil)
      return true
    }
  }

  func run(in transaction: any Transaction) -> (any Error)? {
    let outcome = Outcome { try body(transaction) }
    state.withLock { state in
      guard case .running(let continuation, _) = state else { return }
      state = .running(continuation, outcome)
    }
    guard case .failure(let error) = outcome else { return nil }
    return error
  }

  func answer(_ failure: (any Error)?) {
    let (continuation, outcome): (Continuation?, Outcome?) = state.withLock { state in
      defer { state = .over }
      return switch state {
      case .new, .over: (nil, nil)
      case .waiting(let continuation): (continuation, nil)
      case .running(let continuation, let outcome): (continuation, outcome)
      }
    }
    let answer = failure.map(Outcome.failure) ?? outcome ?? .failure(StorageError.closed)
    continuation?.resume(with: answer)
  }

  private func wait(_ continuation: Continuation) {
    state.withLock { $0 = .waiting(continuation) }
    if isCancelled { cancel() }
  }

  private func cancel() {
    cancelled.store(true, ordering: .relaxed)
    let waiting: Continuation? = state.withLock { state in
      guard case .waiting(let continuation) = state else { return nil }
      state = .over
      return continuation
    }
    waiting?.resume(throwing: CancellationError())
  }
}
