internal import NIOConcurrencyHelpers

/// Whether a connection is being drained: readable and awaitable from any thread.
final class DrainSignal: Sendable {
  private let state = NIOLockedValueBox(State())

  private struct State {
    var isRaised = false
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter = 0
  }

  var isRaised: Bool { state.withLockedValue { $0.isRaised } }

  func raise() {
    let waiters = state.withLockedValue { state in
      state.isRaised = true
      defer { state.waiters = [:] }
      return state.waiters.values
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns once raised; throws when the waiting task is cancelled.
  func wait() async throws {
    let id = state.withLockedValue { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLockedValue { state in
          guard !state.isRaised, !Task.isCancelled else { return false }
          state.waiters[id] = continuation
          return true
        }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      state.withLockedValue { $0.waiters.removeValue(forKey: id) }?.resume()
    }
    try Task.checkCancellation()
  }
}
