package import NIOCore

/// Runs tasks on one event loop, so that a connection's handlers, its session and its writes share
/// a thread without locks or hops.
///
/// Jobs are collected while a read cycle lasts and run at its end, all together; then everything
/// that has output flushes once. That is what makes a call cost one write, or less.
package final class LoopExecutor: TaskExecutor {
  package let loop: any EventLoop
  private let state: NIOLoopBoundBox<State>

  /// Jobs run in one go before the loop sees to its sockets again.
  private static let maxJobsPerDrain = 4096
  /// Turns of running and flushing before that: a stream whose reader keeps up has no last one.
  private static let maxRoundsPerDrain = 4

  /// Until work that took its slice of time goes on. Not at once: the loop looks at its sockets
  /// only when no task is due.
  private static let pause = TimeAmount.microseconds(100)

  private struct State {
    var jobs: [UnownedJob] = []
    var flushes: [any LoopFlushable] = []
    var unfinished: [any LoopWork] = []
    var collected: ByteBuffer?
    /// A drain is certain to come: one is running, a read cycle is open, or one is scheduled.
    var drainIsComing = false
    var isDraining = false
  }

  package init(_ loop: any EventLoop) {
    self.loop = loop
    state = NIOLoopBoundBox.makeBoxSendingValue(State(), eventLoop: loop)
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if loop.inEventLoop {
      state.value.jobs.append(job)
      ensureDrain()
    } else {
      loop.execute {
        self.state.value.jobs.append(job)
        self.ensureDrain()
      }
    }
  }

  /// A read cycle begins: what becomes ready waits for `endCycle`. On the loop only.
  package func beginCycle() { state.value.drainIsComing = true }

  /// Runs what became ready, then flushes what has output. On the loop only.
  package func endCycle() {
    guard !state.value.isDraining else { return }
    state.value.isDraining = true
    state.value.drainIsComing = true
    var (budget, rounds) = (Self.maxJobsPerDrain, Self.maxRoundsPerDrain)
    repeat {
      runJobs(&budget)
      flushAll()
      rounds -= 1
    } while budget > 0 && rounds > 0 && !(state.value.jobs.isEmpty && state.value.flushes.isEmpty)
    state.value.drainIsComing = false
    state.value.isDraining = false
    if !state.value.jobs.isEmpty || !state.value.flushes.isEmpty { ensureDrain() }
    // The last thing of the cycle, so that the pause is one.
    if !state.value.unfinished.isEmpty { loop.scheduleTask(in: Self.pause) { self.goOn() } }
  }

  /// Has work go on that has taken its slice of time, after this cycle and after the loop has seen
  /// to its sockets. On the loop only.
  package func goOnLater(_ work: any LoopWork) {
    state.value.unfinished.append(work)
    ensureDrain()
  }

  private func goOn() {
    let unfinished = state.value.unfinished
    guard !unfinished.isEmpty else { return }
    state.value.unfinished = []
    beginCycle()
    for work in unfinished { work.goOn() }
    endCycle()
  }

  /// Ends a cycle soon whose owner cannot. On the loop only.
  package func scheduleEndOfCycle() { loop.execute { self.endCycle() } }

  /// Has `target` flush at the end of the cycle, or soon if there is none. On the loop only.
  package func scheduleFlush(_ target: any LoopFlushable) {
    state.value.flushes.append(target)
    ensureDrain()
  }

  /// Runs jobs now, in the middle of a cycle. On the loop only.
  package func runReadyJobs() {
    var budget = Self.maxJobsPerDrain
    runJobs(&budget)
  }

  private func runJobs(_ budget: inout Int) {
    while budget > 0, !state.value.jobs.isEmpty {
      let batch = state.value.jobs
      state.value.jobs = []
      batch.forEach { unsafe $0.runSynchronously(on: asUnownedTaskExecutor()) }
      budget -= batch.count
    }
  }

  /// What `fill` writes, in a buffer of just that size: what is collected grows in memory of the
  /// loop's own, which is used again. On the loop only.
  package func collect(_ fill: (inout ByteBuffer) -> Void) -> ByteBuffer {
    var collected = state.value.collected.take() ?? ByteBuffer()
    fill(&collected)
    let output = ByteBuffer(bytes: collected.readableBytesView)
    collected.clear()
    state.value.collected = collected
    return output
  }

  private func flushAll() {
    let targets = state.value.flushes
    guard !targets.isEmpty else { return }
    state.value.flushes = []
    for target in targets { target.flushOutput() }
  }

  private func ensureDrain() {
    guard !state.value.drainIsComing else { return }
    state.value.drainIsComing = true
    loop.execute { self.endCycle() }
  }
}

/// A connection that collects output and sends it when told.
package protocol LoopFlushable: AnyObject {
  func flushOutput()
}

/// Work of a loop that is done in slices of time.
package protocol LoopWork: AnyObject {
  func goOn()
}
