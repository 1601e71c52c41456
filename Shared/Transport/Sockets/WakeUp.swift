package import NIOCore

/// Where one task waits until something on its event loop wakes it. On the loop only.
@safe package final class WakeUp {
  private let loop: any EventLoop
  private var continuation: UnsafeContinuation<Void, Never>?

  package init(_ loop: any EventLoop) { self.loop = loop }

  /// Ends the wait, if there is one.
  package func wake() { unsafe continuation.take()?.resume() }

  /// Returns when woken; throws when the waiting task is cancelled.
  package func wait() async throws {
    let this = NIOLoopBound(self, eventLoop: loop)
    await withTaskCancellationHandler {
      await uncancelledWait()
    } onCancel: {
      this.eventLoop.execute { this.value.wake() }
    }
    try Task.checkCancellation()
  }

  /// Returns when woken, whatever happens to the task.
  package func uncancelledWait() async {
    await unsafe withUnsafeContinuation { unsafe continuation = $0 }
  }
}
