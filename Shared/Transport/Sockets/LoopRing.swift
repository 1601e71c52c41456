package import Dispatch
package import NIOCore
internal import Synchronization

/// The loops of a group in turn, for connections that are dialled.
///
/// Those that are accepted take their turns from the group itself. Were it one count for both,
/// dialling in step with accepting would leave half of the loops without work.
package final class LoopRing: EventLoopGroup {
  private let loops: [any EventLoop]
  private let taken = Atomic<UInt>(0)

  package init(_ group: any EventLoopGroup) { loops = Array(group.makeIterator()) }

  package func next() -> any EventLoop {
    let turn = taken.wrappingAdd(1, ordering: .relaxed).oldValue
    return loops[Int(turn % UInt(loops.count))]
  }

  package func any() -> any EventLoop { next() }
  package func makeIterator() -> EventLoopIterator { EventLoopIterator(loops) }

  /// The loops belong to the group: it ends them.
  package func shutdownGracefully(
    queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void
  ) {
    queue.async { callback(EventLoopError.unsupportedOperation) }
  }
}
