/// The `traceparent` header of W3C Trace Context: the trace a call belongs to, and the span in it
/// that called.
package struct TraceParent: Hashable, Sendable {
  package static let headerName = "traceparent"
  package static let stateHeaderName = "tracestate"

  private let trace: (high: UInt64, low: UInt64)
  private let span: UInt64
  private let flags: UInt8

  /// `00-` trace `-` span `-` flags.
  private static let length = 55

  private init(trace: (high: UInt64, low: UInt64), span: UInt64, flags: UInt8) {
    self.trace = trace
    self.span = span
    self.flags = flags
  }

  /// Nil for what the standard says to ignore: other than lower-case hex, an all-zero id, version
  /// ff. Of a version after 00 the fields of 00 are read.
  private init?(_ bytes: Span<UInt8>) {
    let dash = UInt8(ascii: "-")
    guard bytes.count >= Self.length, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
      let version = Self.number(bytes.extracting(0..<2)), version != 0xff,
      bytes.count == Self.length || version != 0 && bytes[Self.length] == dash,
      let high = Self.number(bytes.extracting(3..<19)),
      let low = Self.number(bytes.extracting(19..<35)), high | low != 0,
      let span = Self.number(bytes.extracting(36..<52)), span != 0,
      let flags = Self.number(bytes.extracting(53..<55))
    else { return nil }
    self.init(trace: (high, low), span: span, flags: UInt8(flags))
  }

  package init?(_ text: String) {
    var text = text
    guard let parent = text.withUTF8({ unsafe TraceParent($0.span) }) else { return nil }
    self = parent
  }

  /// The header of a call, if it has one and only one that counts.
  package init?(_ metadata: Metadata) {
    guard let field = metadata.sole(Self.headerName) else { return nil }
    self.init(field.span)
  }

  /// The first span of a new trace. It is not sampled: nobody here records spans.
  package static func root() -> TraceParent {
    TraceParent(trace: (UniqueID.make(), UniqueID.make()), span: UniqueID.make(), flags: 0)
  }

  /// A new span that this one has called: of the same trace and as sampled, in the version of the
  /// header that we speak.
  package func child() -> TraceParent {
    TraceParent(trace: trace, span: UniqueID.make(), flags: flags & 1)
  }

  package var traceID: String { trace.high.hex + trace.low.hex }
  package var spanID: String { span.hex }

  /// The lowest bit of the flags; the others mean nothing in version 00.
  package var isSampled: Bool { flags & 1 == 1 }

  /// The number that lower-case hex digits are.
  private static func number(_ digits: Span<UInt8>) -> UInt64? {
    var number: UInt64 = 0
    for index in digits.indices {
      let digit = digits[index]
      switch digit {
      case 0x30...0x39: number = number << 4 | UInt64(digit - 0x30)
      case 0x61...0x66: number = number << 4 | UInt64(digit - 0x57)
      default: return nil
      }
    }
    return number
  }

  package static func == (one: TraceParent, other: TraceParent) -> Bool {
    one.trace == other.trace && one.span == other.span && one.flags == other.flags
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(trace.low)
    hasher.combine(span)
  }
}

extension TraceParent: CustomStringConvertible {
  /// The header's value, in version 00.
  package var description: String { "00-\(traceID)-\(spanID)-\(UInt64(flags).hex.suffix(2))" }
}
