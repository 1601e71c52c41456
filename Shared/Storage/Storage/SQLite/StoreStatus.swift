internal import Synchronization

/// What became of a store, told to its host.
final class StoreStatus: Sendable {
  private let options: StorageOptions
  private let state = Mutex(StorageState.open)
  private let failure = Mutex<StorageError?>(nil)

  init(_ options: StorageOptions) { self.options = options }

  func change(to new: StorageState) {
    let old = state.withLock { state in
      defer { state = new }
      return state
    }
    if old != new { options.onStateChange(new) }
  }

  /// A reader's failure, for the writer to recover from.
  func report(_ error: StorageError) { failure.withLock { $0 = $0 ?? error } }

  func takeFailure() -> StorageError? { failure.withLock { $0.take() } }

  func did(
    _ kind: StorageEvent.Kind, since start: ContinuousClock.Instant, count: Int = 1,
    succeeded: Bool = true
  ) {
    options.onEvent(
      StorageEvent(kind: kind, duration: .now - start, count: count, succeeded: succeeded))
  }
}
