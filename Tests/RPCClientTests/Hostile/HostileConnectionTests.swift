import Peers
import RPC
import Testing

/// Servers that are wrong about the connection: its bytes, its settings, its end, or its silence.
@Suite(.serialized) struct HostileConnectionTests {
  static let cases: [HostileCase] = [
    HostileCase("accepts and is silent", .unavailable("CONNECT_TIMEOUT"), []),
    HostileCase(
      "accepts and hangs up", .unavailable("CONNECTION_CLOSED"),
      [.pauses(.milliseconds(20)), .closes]),
    HostileCase(
      "half of a SETTINGS frame, then silence", .unavailable("CONNECT_TIMEOUT"),
      [.raw([0, 0, 6, 4, 0])]),
    HostileCase(
      "half of a SETTINGS frame, then closes", .unavailable("CONNECTION_CLOSED"),
      [.raw([0, 0, 6, 4, 0]), .pauses(.milliseconds(20)), .closes]),
    HostileCase(
      "half-closes and goes on listening", .unavailable("CONNECTION_CLOSED"), [.finishes]),
    HostileCase("one byte of 0", .unavailable("CONNECT_TIMEOUT"), [.raw([0])]),
    HostileCase(
      "HTTP/1.1", .unavailable("NOT_HTTP2"),
      [.raw(Array("HTTP/1.1 505 HTTP Version Not Supported\r\n\r\n".utf8))]),
    HostileCase(
      "a redirect in HTTP/1.1", .unavailable("NOT_HTTP2"),
      [.raw(Array("HTTP/1.1 301 Moved\r\nlocation: /\r\n\r\n".utf8)), .closes]),
    HostileCase(
      "a TLS record where plaintext is due", .unavailable("NOT_HTTP2"),
      [.raw([0x16, 3, 3, 0, 4, 2, 0, 0, 0])]),
    HostileCase(
      "PING first", .unavailable("NOT_HTTP2"),
      [.says([Frame(.ping, payload: [UInt8](repeating: 0, count: 8))])]),
    HostileCase("GOAWAY first", .unavailable("NOT_HTTP2"), [.says([.goAway(last: 0)])]),
    HostileCase(
      "an acknowledgement first", .unavailable("NOT_HTTP2"), [.says([Frame(.settings, .ack)])]),
    HostileCase(
      "a frame of 16 MiB announced", .unavailable("NOT_HTTP2"),
      [.raw([0xff, 0xff, 0xff, 4, 0, 0, 0, 0, 0])]),

    HostileCase(
      "SETTINGS of five bytes", .violation, [.says([Frame(.settings, payload: [0, 0, 0, 0, 0])])]),
    HostileCase(
      "an initial window over 2^31-1", .violation, [.says([.settings((4, 0x8000_0000))])]),
    HostileCase("a frame size below 16,384", .violation, [.says([.settings((5, 16_383))])]),
    HostileCase("a frame size over 2^24-1", .violation, [.says([.settings((5, 1 << 24))])]),
    HostileCase("ENABLE_PUSH of 2", .violation, [.says([.settings((2, 2))])]),
    HostileCase("a server that wants pushes", .violation, [.says([.settings((2, 1))])]),
    HostileCase("settings that nobody knows", .deadline, [.says([.settings((0xfff0, 1), (0, 7))])]),
    HostileCase("no stream allowed", .deadline, [.says([.settings((3, 0))])]),
    HostileCase(
      "no header bytes allowed", .init(code: .resourceExhausted, reason: "HEADERS_TOO_LARGE"),
      [.says([.settings((6, 0))])]),
    HostileCase("a header table of 4 GiB", .deadline, [.says([.settings((1, .max))])]),
    .answering("a window of nothing, for ever", .deadline, [.says([.settings((4, 0))])]),
    HostileCase(
      "a window of one byte at a time", .violation,
      [.says([.settings((4, 1))]), .hears, .floods([.window(1, stream: 1)])]),
    .answering(
      "SETTINGS that shrink the window below zero", .deadline,
      [.says([.settings((4, 0)), .settings((4, 1)), .settings((4, 0))])]),
    .answering(
      "an acknowledgement with a payload", .violation,
      [.says([Frame(.settings, .ack, payload: [0])])]),

    .answering("never answers", .deadline, []),
    .answering("hears all and never answers", .deadline, [.hearsAll]),
    .answering("reads nothing after the headers", .deadline, [.isDeaf(for: .seconds(1))]),
    .answering(
      "closes after the request", .unavailable("CONNECTION_CLOSED"), [.hearsAll, .closes]),
    .answering("vanishes after the request", .gone, [.vanishes]),
    .answering(
      "closes within a frame's header", .unavailable("CONNECTION_CLOSED"),
      [.hearsAll, .raw([0, 0, 9, 1]), .closes]),
    .answering(
      "closes within a header block", .unavailable("CONNECTION_CLOSED"),
      [.hearsAll, .raw(Array(Frame.head().bytes.prefix(15))), .closes]),
    .answering(
      "closes after the headers", .unavailable("CONNECTION_CLOSED"),
      [.hearsAll, .says([.head()]), .closes]),
    .answering(
      "closes within a message", .unavailable("CONNECTION_CLOSED"),
      [.hearsAll, .says([.head(), .data([0, 0, 0])]), .closes]),
    .answering(
      "closes before the trailers", .unavailable("CONNECTION_CLOSED"),
      [.hearsAll, .says([.head(), .message()]), .closes]),
    .answering(
      "a header block that never ends", .deadline,
      [.says([.headers([HeaderField(":status", "200")], [])])]),
    .answering("half a frame, then silence", .deadline, [.raw([0, 0, 9, 1])]),

    .answering(
      "GOAWAY before every call, unseen", .unavailable("STREAM_REFUSED"),
      [.says([.goAway(last: 0)])]),
    .answering(
      "GOAWAY in anger, unseen", .unavailable("STREAM_REFUSED"),
      [.says([.goAway(last: 0, 2, Array("no".utf8))])]),
    .answering("GOAWAY, then nothing", .deadline, [.says([.goAway(last: 1)])]),
    .answering(
      "GOAWAY, then closes", .unavailable("DRAINING"),
      [.hearsAll, .says([.goAway(last: 1)]), .closes]),
    .answering(
      "GOAWAY in anger, then closes", .unavailable("GOAWAY"),
      [.hearsAll, .says([.goAway(last: 1, 11, Array("calm".utf8))]), .closes]),
    .answering("GOAWAY for streams to come", .deadline, [.says([.goAway(last: 0x7fff_ffff)])]),
    .answering("GOAWAY on and on", .violation, [.floods([.goAway(last: 1)])]),
    .answering(
      "GOAWAYs that promise more and more", .violation,
      [.says([.goAway(last: 1), .goAway(last: 3)])]),
    .answering(
      "GOAWAY that names a stream of the server's", .violation, [.says([.goAway(last: 2)])]),
    .answering(
      "GOAWAY of seven bytes", .violation,
      [.says([Frame(.goAway, payload: [UInt8](repeating: 0, count: 7))])]),
    .answering(
      "GOAWAY with 16 KiB of words", .unavailable("GOAWAY"),
      [.hearsAll, .says([.goAway(last: 1, 2, [UInt8](repeating: 0x41, count: 16_000))]), .closes]),
    .answering(
      "GOAWAY on a stream", .violation,
      [.says([Frame(.goAway, stream: 1, payload: [UInt8](repeating: 0, count: 8))])]),
  ]

  @Test(arguments: cases)
  func ends(_ test: HostileCase) async throws { try await test.play() }

  @Test(
    "RST_STREAM of every code",
    arguments: [0...15, 0xffff...0xffff, UInt32.max...UInt32.max].flatMap(Array.init))
  func resets(code: UInt32) async throws {
    let end: HostileCase.End =
      switch code {
      case 7: .unavailable("STREAM_REFUSED")
      case 8: .init(code: .cancelled, reason: "STREAM_RESET")
      case 11: .init(code: .resourceExhausted, reason: "STREAM_RESET")
      case 12: .init(code: .permissionDenied, reason: "STREAM_RESET")
      default: .init(code: .internal, reason: "STREAM_RESET")
      }
    // One that refuses is asked once more; see LyingServerTests.
    if code != 7 {
      try await HostileCase.answering("RST_STREAM \(code)", end, [.says([.reset(code)])]).play()
    }
    try await HostileCase.answering(
      "RST_STREAM \(code) after a message", end,
      [.says([.head(), .message(), .reset(code)])]
    ).play()
  }
}
