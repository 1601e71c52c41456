internal import Synchronization

/// Whether a connection is being drained, readable from any thread.
final class DrainSignal: Sendable {
  private let raised = Atomic(false)

  var isRaised: Bool { raised.load(ordering: .relaxed) }
  func raise() { raised.store(true, ordering: .relaxed) }
}
