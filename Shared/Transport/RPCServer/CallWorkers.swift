internal import NIOCore
internal import RPC
internal import Sockets

/// Runs the calls of one event loop in recycled tasks.
///
/// A task costs thousands of instructions to make, so a worker takes call after call from the queue
/// and parks when there is none. Another starts only while handlers wait for something: a handler
/// that never suspends runs in the worker that is there. A worker whose call was cancelled ends
/// with it, because a task's cancellation cannot be taken back.
///
/// Connections take turns, and the loop sees to its sockets from time to time: a hundred costly
/// calls of one caller hold up another's by one of them.
final class CallWorkers: LoopWork {
  /// Workers kept parked; those that handlers in waiting made necessary beyond this end. Two or
  /// three busy connections whose calls all wait should not need new ones all the time.
  private static let maxParked = 256
  /// After this long no other call begins before the sockets had their turn.
  private static let slice = Duration.milliseconds(5)

  private let executor: LoopExecutor
  /// Connections that have calls in their `ready`.
  private var turns = FIFO<ServerConnection>()
  private var parked: [CallWorker] = []
  private var sliceEnd = ContinuousClock.now
  private var goesOn = false
  private var isOver = false

  init(_ executor: LoopExecutor) { self.executor = executor }

  /// Has a call run at the end of the cycle.
  func enqueue(_ call: ServerCallStream, of connection: ServerConnection) {
    if connection.ready.isEmpty { turns.append(connection) }
    connection.ready.append(call)
  }

  /// Gives waiting calls workers: all of them, or those of a slice of time.
  func run() {
    guard !turns.isEmpty else { return }
    sliceEnd = .now + Self.slice
    startWorkers()
    guard !turns.isEmpty, !goesOn else { return }
    goesOn = true
    executor.goOnLater(self)
  }

  func goOn() {
    goesOn = false
    run()
  }

  private func startWorkers() {
    while !turns.isEmpty, .now < sliceEnd {
      if let worker = parked.popLast() {
        worker.resume()
        executor.runReadyJobs()
      } else {
        CallWorker(executor).start(for: self, on: executor)
      }
    }
  }

  /// Nil when there is none, or when the slice is over.
  fileprivate func takeReady() -> ServerCallStream? {
    guard !turns.isEmpty, .now < sliceEnd, let connection = turns.popFirst() else { return nil }
    let call = connection.ready.popFirst()
    if !connection.ready.isEmpty { turns.append(connection) }
    return call
  }

  /// Lets go of the workers that are parked: a task that waits for ever is never freed. On the
  /// loop, when no connection is left.
  func end() {
    isOver = true
    while let worker = parked.popLast() { worker.resume() }
    executor.runReadyJobs()
  }

  /// False when there are enough.
  fileprivate func park(_ worker: CallWorker) -> Bool {
    guard !isOver, parked.count < Self.maxParked else { return false }
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
