package import NIOCore
package import NIOPosix

/// The event loops of a process, each with its executor.
package final class LoopGroup: Sendable {
  package let group: MultiThreadedEventLoopGroup
  /// The same loops for connections that are dialled.
  package let dialing: LoopRing
  private let executors: [ObjectIdentifier: LoopExecutor]

  package init(threads: Int) {
    group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, threads))
    dialing = LoopRing(group)
    var executors: [ObjectIdentifier: LoopExecutor] = [:]
    for loop in group.makeIterator() {
      executors[ObjectIdentifier(loop)] = LoopExecutor(loop)
    }
    self.executors = executors
  }

  /// The executor of a loop of this group.
  package func executor(of loop: any EventLoop) -> LoopExecutor {
    guard let executor = executors[ObjectIdentifier(loop)] else {
      preconditionFailure("a loop of another group")
    }
    return executor
  }

  package func shutDown() async throws { try await group.shutdownGracefully() }
}
