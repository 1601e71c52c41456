internal import Glibc
import Peers

// The calls that attacks are made of, as bytes.

extension Attack {
  static let empty = "/grpc.testing.TestService/EmptyCall"
  static let unary = "/grpc.testing.TestService/UnaryCall"
  static let input = "/grpc.testing.TestService/StreamingInputCall"
  static let output = "/grpc.testing.TestService/StreamingOutputCall"
  static let duplex = "/grpc.testing.TestService/FullDuplexCall"
  /// A handler that sleeps and does not mind being cancelled; `interop-server --stubborn` has it.
  static let stubborn = "/cabildo.attacks.Handlers/Sleep"

  static func block(_ path: String, _ more: [HeaderField] = []) -> [UInt8] {
    ([
      HeaderField(":method", "POST"), HeaderField(":scheme", "http"), HeaderField(":path", path),
      HeaderField(":authority", "a"), HeaderField("te", "trailers"),
      HeaderField("content-type", "application/grpc"),
    ] + more).headerBlock
  }

  static func open(
    _ path: String, on stream: UInt32, end: Bool = false, _ more: [HeaderField] = []
  ) -> [UInt8] {
    let flags: Frame.Flags = end ? [.endHeaders, .endStream] : .endHeaders
    return Frame(.headers, flags, stream: stream, payload: block(path, more)).bytes
  }

  /// A whole call with one message.
  static func call(_ path: String, on stream: UInt32, _ message: [UInt8] = []) -> [UInt8] {
    open(path, on: stream)
      + Frame(.data, .endStream, stream: stream, payload: framed(message)).bytes
  }

  static func framed(_ message: [UInt8], compressed: Bool = false) -> [UInt8] {
    [compressed ? 1 : 0] + UInt32(message.count).bigEndianBytes + message
  }

  /// `SimpleRequest` that asks for so many bytes.
  static func asking(for bytes: Int) -> [UInt8] { [0x10] + varint(bytes) }

  /// `StreamingOutputCallRequest` that asks for so many messages, each after its microseconds.
  static func asking(for count: Int, of bytes: Int, every microseconds: Int = 0) -> [UInt8] {
    let one = [0x08] + varint(bytes) + (microseconds > 0 ? [0x10] + varint(microseconds) : [])
    return (0..<count).flatMap { _ in [0x12] + varint(one.count) + one }
  }

  static func varint(_ value: Int) -> [UInt8] {
    value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + varint(value >> 7)
  }

  /// An entry of SETTINGS.
  static func setting(_ id: UInt8, _ value: UInt32) -> [UInt8] { [0, id] + value.bigEndianBytes }

  static func reset(_ stream: UInt32) -> [UInt8] {
    Frame(.resetStream, stream: stream, payload: UInt32(8).bigEndianBytes).bytes
  }

  static func widen(_ stream: UInt32, by increment: UInt32) -> [UInt8] {
    Frame(.windowUpdate, stream: stream, payload: increment.bigEndianBytes).bytes
  }

  static func sleep(milliseconds: UInt32) { usleep(milliseconds * 1000) }
}

extension Attack {
  /// What an honest caller says.
  package static func emptyCall(on stream: UInt32) -> [UInt8] { call(empty, on: stream) }
}

extension Attack {
  /// A call that asks for an answer of so many bytes.
  package static func largeCall(on stream: UInt32, bytes: Int) -> [UInt8] {
    call(unary, on: stream, asking(for: bytes))
  }
  /// SETTINGS of a peer that lets no DATA come.
  package static let noWindow = setting(4, 0)
}

extension Attack {
  /// A call of the handler that cannot be cancelled.
  package static func stubbornCall(on stream: UInt32) -> [UInt8] { call(stubborn, on: stream) }
  package static func resetOf(_ stream: UInt32) -> [UInt8] { reset(stream) }
}
