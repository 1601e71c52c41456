/// The `traceparent` header of W3C Trace Context: the trace a call belongs to, and the span in it
/// that called.
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

  /// The header of a call, if it has one and only one that counts.
  package init?(_ metadata: Metadata) {
    let headers = metadata.all(Self.headerName)
    guard headers.count == 1 else { return nil }
    self.init(headers[0])
  }

  private init(traceID: String, flags: String) {
    description = "00-\(traceID)-\(UniqueID.make().hex)-\(flags)"
  }

  /// The first span of a new trace. It is not sampled: nobody here records spans.
  package static func root() -> TraceParent {
    TraceParent(traceID: UniqueID.make().hex + UniqueID.make().hex, flags: "00")
  }

  /// A new span that this one has called: of the same trace and as sampled, in the version of the
  /// header that we speak.
  package func child() -> TraceParent {
    TraceParent(traceID: traceID, flags: isSampled ? "01" : "00")
  }

  package var traceID: String { part(3, 32) }
  package var spanID: String { part(36, 16) }

  /// The lowest bit of the flags; the others mean nothing in version 00.
  package var isSampled: Bool { UInt8(part(53, 2), radix: 16).map { $0 & 1 == 1 } ?? false }

  private func part(_ start: Int, _ count: Int) -> String {
    String(description.dropFirst(start).prefix(count))
  }

  private static func isLowerHex(_ byte: UInt8) -> Bool {
    0x30...0x39 ~= byte || 0x61...0x66 ~= byte
  }

  private static func isZero(_ digits: some Collection<UInt8>) -> Bool {
    digits.allSatisfy { $0 == UInt8(ascii: "0") }
  }
}
