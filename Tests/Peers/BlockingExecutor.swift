internal import Dispatch

/// Runs tasks on a thread of its own, where they may block: Swift's shared threads are as few as
/// the cores, and a test that waits on a socket there would hold up every other.
package final class BlockingExecutor: TaskExecutor {
  private let queue: DispatchQueue

  package init(_ label: String) { queue = DispatchQueue(label: label) }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
