package import NIOCore

/// Where tasks wait until something on its event loop wakes it. On the loop only.
@safe package final class WakeUp {
  private let loop: any EventLoop
  private var waiting: [UnsafeContinuation<Void, Never>] = unsafe []

  package init(_ loop: any EventLoop) { self.loop = loop }

  /// Ends every wait there is. Who waited looks again whether it has to.
  package func wake() {
    guard unsafe !waiting.isEmpty else { return }
    let woken = unsafe waiting
    unsafe waiting = []
    unsafe woken.forEach { unsafe $0.resume() }
  }

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
    await unsafe withUnsafeContinuation { unsafe waiting.append($0) }
  }
}
