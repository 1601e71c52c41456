/// The `traceparent` header of W3C Trace Context: which trace a call belongs to.
///
/// A call made while serving another passes the header on, so that both are found under one trace.
package struct TraceParent: Hashable, Sendable, CustomStringConvertible {
  package static let headerName = "traceparent"
  package static let stateHeaderName = "tracestate"

  package let description: String

  /// Nil for what the standard says to ignore: other than lower-case hex, an all-zero id, version
  /// ff.
  package init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[0].count == 2, parts[1].count == 32, parts[2].count == 16,
      parts[3].count == 2, parts[0...3].allSatisfy({ $0.allSatisfy(Self.isLowerHex) }),
      !parts[0].elementsEqual("ff".utf8), !Self.isZero(parts[1]), !Self.isZero(parts[2]),
      parts.count == 4 || !parts[0].elementsEqual("00".utf8)
    else { return nil }
    description = text
  }

  private static func isLowerHex(_ byte: UInt8) -> Bool {
    0x30...0x39 ~= byte || 0x61...0x66 ~= byte
  }

  private static func isZero(_ digits: some Collection<UInt8>) -> Bool {
    digits.allSatisfy { $0 == UInt8(ascii: "0") }
  }
}
