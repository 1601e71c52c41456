/// Stops a channel's retries while too many of its calls fail (`retryThrottling`, gRFC A6).
///
/// A failure takes a token, a success gives a part of one back; with half of them gone, no call is
/// tried again.
package struct RetryThrottle: Sendable, Hashable {
  package static let tokensMaximum = 1000
  /// A success that gives back every token: more would say no more.
  package static let ratioMaximum = Double(tokensMaximum)

  /// In thousandths, the precision that A6 sets.
  private var thousandths: Int
  private let capacity: Int
  private let refill: Int

  package init(tokens: Int, ratio: Double) {
    capacity = min(max(1, tokens), Self.tokensMaximum) * 1000
    refill = Int((min(max(0, ratio), Self.ratioMaximum) * 1000).rounded(.down))
    thousandths = capacity
  }

  package var allowsRetry: Bool { thousandths > capacity / 2 }

  package mutating func failed() {
    thousandths = max(0, thousandths - 1000)
  }

  package mutating func succeeded() {
    thousandths = min(capacity, thousandths + refill)
  }
}
