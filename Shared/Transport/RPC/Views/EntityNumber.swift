internal import Synchronization

/// Tells the channels, subchannels, servers and sockets of this process apart: no two things that
/// an operator can look at have the same (channelz's ids).
package struct EntityNumber: RawRepresentable, Hashable, Comparable, Sendable {
  package let rawValue: Int64

  package init(rawValue: Int64) { self.rawValue = rawValue }

  private static let last = Atomic<Int64>(0)

  /// From 1, in the order in which things came to be.
  package static func next() -> EntityNumber {
    EntityNumber(rawValue: last.wrappingAdd(1, ordering: .relaxed).newValue)
  }

  package static func < (one: EntityNumber, other: EntityNumber) -> Bool {
    one.rawValue < other.rawValue
  }
}
