internal import Synchronization

/// A number that only grows. One atomic addition where things happen.
package final class Counter: Sendable {
  private let count = Atomic<UInt64>(0)

  init() {}

  package func add(_ amount: UInt64 = 1) { count.wrappingAdd(amount, ordering: .relaxed) }

  package var value: UInt64 { count.load(ordering: .relaxed) }
}

/// A number that is what it was set to last.
package final class Gauge: Sendable {
  private let bits = Atomic<UInt64>(0)

  init() {}

  package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}
