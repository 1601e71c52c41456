internal import NIOCore
internal import RPC
internal import Sockets

/// Runs the calls of one event loop in recycled tasks.
///
/// A task costs thousands of instructions to make, so a worker takes call after call from the queue
/// and parks when there is none. Another starts only while handlers wait for something: a handler
/// that never suspends runs in the worker that is there. A worker whose call was cancelled ends
/// with it, because a task's cancellation cannot be taken back.
final class CallWorkers {
  /// Workers kept parked; those that handlers in waiting made necessary beyond this end.
  private static let maxParked = 64

  private let executor: LoopExecutor
  private var ready = FIFO<ServerCallStream>()
  private var parked: [CallWorker] = []

  init(_ executor: LoopExecutor) { self.executor = executor }

  /// Has a call run at the end of the cycle.
  func enqueue(_ call: ServerCallStream) { ready.append(call) }

  /// Gives every waiting call a worker.
  func run() {
    while !ready.isEmpty {
      if let worker = parked.popLast() {
        worker.resume()
        executor.runReadyJobs()
      } else {
        CallWorker(executor).start(for: self, on: executor)
      }
    }
  }

  fileprivate func takeReady() -> ServerCallStream? { ready.popFirst() }

  /// False when there are enough.
  fileprivate func park(_ worker: CallWorker) -> Bool {
    guard parked.count < Self.maxParked else { return false }
    parked.append(worker)
    return true
  }
}

/// One task that serves calls, one after the other.
final class CallWorker {
  private var task: Task<Void, Never>?
  private let wakeUp: WakeUp

  fileprivate init(_ executor: LoopExecutor) { wakeUp = WakeUp(executor.loop) }

  fileprivate func start(for workers: CallWorkers, on executor: LoopExecutor) {
    let bound = NIOLoopBound((self, workers), eventLoop: executor.loop)
    task = Task.immediateDetached(executorPreference: executor) {
      let (worker, workers) = bound.value
      await worker.work(for: workers)
    }
  }

  fileprivate func resume() { wakeUp.wake() }

  /// Cancels the call being served, and with it the worker.
  func cancel() { task?.cancel() }

  private func work(for workers: CallWorkers) async {
    while true {
      while let call = workers.takeReady() {
        call.worker = self
        await call.serve()
        call.worker = nil
        if Task.isCancelled { return }
      }
      guard workers.park(self) else { return }
      await wakeUp.uncancelledWait()
    }
  }
}
