internal import Synchronization

/// How long things took, counted in buckets.
package final class Histogram: Sendable {
  /// From what memory answers to what people wait for, in seconds.
  package static let latencies = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]

  let bounds: [Double]
  private let nanoseconds: [Int64]
  /// One more than the bounds: the last is for what is beyond them.
  private let buckets: [Counter]
  private let sum = Atomic<UInt64>(0)

  init(bounds: [Double]) {
    precondition(
      zip(bounds, bounds.dropFirst()).allSatisfy(<) && bounds.allSatisfy { $0 > 0 },
      "the bounds of a histogram grow")
    self.bounds = bounds
    nanoseconds = bounds.map { Int64(($0 * 1e9).rounded()) }
    buckets = (0...bounds.count).map { _ in Counter() }
  }

  package func observe(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let time = max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    var index = 0
    while index < nanoseconds.count, time > nanoseconds[index] { index += 1 }
    buckets[index].add()
    sum.wrappingAdd(UInt64(time), ordering: .relaxed)
  }

  /// Counts up to each bound and beyond, and the sum in seconds.
  var snapshot: (cumulative: [UInt64], sum: Double) {
    var total: UInt64 = 0
    let cumulative = buckets.map { bucket in
      total += bucket.value
      return total
    }
    return (cumulative, Double(sum.load(ordering: .relaxed)) / 1e9)
  }
}
