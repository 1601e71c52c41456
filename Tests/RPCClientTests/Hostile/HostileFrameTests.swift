import Peers
import RPC
import Testing

/// Servers whose frames break HTTP/2, one by one or without end.
@Suite(.serialized) struct HostileFrameTests {
  private static let eight = [UInt8](repeating: 0, count: 8)
  /// A frame of 255 bytes of padding and nothing else.
  private static let padding: [UInt8] = [255] + [UInt8](repeating: 0, count: 255)
  /// A message of 4 MiB begins and goes on for 120 frames, far over every window.
  private static let overflow: [Frame] =
    [.head(), .data([0, 0, 64, 0, 0])]
    + [Frame](repeating: .data([UInt8](repeating: 0, count: 16_384)), count: 120)
  private static let cardinality = HostileCase.End(
    code: .unimplemented, reason: "CARDINALITY_VIOLATION")

  static let cases: [HostileCase] = [
    HostileCase.answering("DATA before headers", .violation, [.says([.message()])]),
    .answering("trailers before headers", .malformed(), [.says([.trailers(("grpc-status", "0"))])]),
    .answering("DATA on stream 0", .violation, [.says([Frame(.data, payload: [1])])]),
    .answering(
      "DATA on a stream nobody opened", .violation,
      [.says([Frame(.data, stream: 99, payload: [1])])]),
    .answering(
      "HEADERS on a stream of the server's", .violation,
      [.says([Frame(.headers, .endHeaders, stream: 2)])]),
    .answering(
      "HEADERS on a stream nobody opened", .violation,
      [.says([Frame(.headers, .endHeaders, stream: 99)])]),
    .answering(
      "PUSH_PROMISE", .violation,
      [.says([Frame(.pushPromise, .endHeaders, stream: 1, payload: [0, 0, 0, 2])])]),
    .answering(
      "CONTINUATION without HEADERS", .violation,
      [.says([Frame(.continuation, .endHeaders, stream: 1)])]),
    .answering(
      "another frame within a header block", .violation,
      [.says([.headers([], []), Frame(.ping, payload: eight)])]),
    .answering(
      "PING of seven bytes", .violation, [.says([Frame(.ping, payload: [1, 2, 3, 4, 5, 6, 7])])]),
    .answering("PING on a stream", .violation, [.says([Frame(.ping, stream: 1, payload: eight)])]),
    .answering(
      "RST_STREAM of three bytes", .violation,
      [.says([Frame(.resetStream, stream: 1, payload: [0, 0, 0])])]),
    .answering(
      "RST_STREAM on a stream nobody opened", .violation, [.says([.reset(0, stream: 99)])]),
    .answering("WINDOW_UPDATE of nothing for the connection", .violation, [.says([.window(0)])]),
    .answering(
      "WINDOW_UPDATE of nothing for the stream", .violation, [.says([.window(0, stream: 1)])]),
    .answering(
      "a connection window over 2^31-1", .violation,
      [.says([.window(0x7fff_ffff), .window(0x7fff_ffff)])]),
    .answering(
      "a stream window over 2^31-1", .malformed(), [.says([.window(0x7fff_ffff, stream: 1)])]),
    .answering(
      "a frame over 16,384 bytes", .violation,
      [.says([.head(), .data([UInt8](repeating: 0, count: 16_385))])]),
    .answering(
      "padding longer than the frame", .violation, [.says([.head(), .data([200, 1], .padded)])]),
    .answering(
      "a header index that does not exist", .violation,
      [.says([Frame(.headers, .endHeaders, stream: 1, payload: [0xff, 0x7f])])]),
    .answering(
      "a header integer without end", .violation,
      [
        .says([
          Frame(
            .headers, .endHeaders, stream: 1, payload: [UInt8](repeating: 0xff, count: 101)
          )
        ])
      ]),
    .answering(
      "a header string longer than its block", .violation,
      [.says([Frame(.headers, .endHeaders, stream: 1, payload: [0, 0x7e, 1])])]),
    .answering(
      "a table size above the limit", .violation,
      [.says([Frame(.headers, .endHeaders, stream: 1, payload: [0x3f, 0xff, 0xff, 0x7f])])]),
    .answering(
      "DATA after the trailers", .ok,
      [.hearsAll, .says([.head(), .message(), .trailers(("grpc-status", "0")), .message()])]),
    .answering(
      "HEADERS after the trailers", .ok,
      [
        .hearsAll,
        .says([
          .head(), .message(), .trailers(("grpc-status", "0")), .trailers(("grpc-status", "13")),
        ]),
      ]),
    .answering(
      "more than the window allows", .malformed(), streaming: .malformed(),
      [.says(overflow)]),
  ]

  @Test(arguments: cases)
  func ends(_ test: HostileCase) async throws { try await test.play() }

  /// Half answers go before most floods, so that a call is there to be held up by them.
  static let floods: [HostileCase] = [
    HostileCase.answering("PING", .violation, [.floods([Frame(.ping, payload: eight)])]),
    .answering(
      "PING, and reads no answer", .violation,
      [.floods([Frame(.ping, payload: eight)], reading: false)]),
    .answering("acknowledged PING", .violation, [.floods([Frame(.ping, .ack, payload: eight)])]),
    .answering("SETTINGS", .violation, [.floods([.settings((4, 65_535))])]),
    .answering(
      "SETTINGS that change the window back and forth", .violation,
      [.floods([.settings((4, 0)), .settings((4, 0x7fff_ffff))])]),
    .answering("acknowledged SETTINGS", .violation, [.floods([Frame(.settings, .ack)])]),
    .answering("WINDOW_UPDATE", .violation, [.says([.settings((4, 0))]), .floods([.window(1)])]),
    .answering(
      "PRIORITY", .violation, [.floods([Frame(.priority, stream: 1, payload: [0, 0, 0, 0, 1])])]),
    .answering(
      "frames that nobody knows", .violation,
      [.floods([Frame(.init(rawValue: 0xbe), stream: 1, payload: [1])])]),
    .answering(
      "large frames that nobody knows", .violation,
      [.floods([Frame(.init(rawValue: 0xbe), payload: [UInt8](repeating: 9, count: 16_384))])]),
    .answering("empty DATA", .violation, [.says([.head()]), .floods([.data([])])]),
    .answering(
      "DATA of padding alone", .violationOrOverrun,
      [.says([.head()]), .floods([.data(padding, .padded)])]),
    .answering(
      "DATA of a stream that has ended", .status(.notFound),
      [.says([.head(), .message(), .trailers(("grpc-status", "5"))]), .floods([.message()])]),
    .answering(
      "CONTINUATION", .violation,
      [
        .says([.headers([], [])]),
        .floods([Frame(.continuation, stream: 1, payload: HeaderField("x", "y").literal)]),
      ]),
    .answering(
      "empty CONTINUATION", .violation,
      [.says([.headers([], [])]), .floods([Frame(.continuation, stream: 1)])]),
    .answering(
      "PUSH_PROMISE", .violation,
      [.floods([Frame(.pushPromise, .endHeaders, stream: 1, payload: [0, 0, 0, 2])])]),
    .answering(
      "interim responses", .deadline, [.floods([.only((":status", "100")).with([.endHeaders])])]),
    .answering("RST_STREAM of streams long gone", .violation, [.floods([.reset(8, stream: 99)])]),
    .answering(
      "empty messages", cardinality, streaming: .overrun,
      [.says([.head()]), .floods([.message([])])]),
    .answering(
      "messages", cardinality, streaming: .malformed(),
      [.says([.head()]), .floods([.message([UInt8](repeating: 1, count: 8000))])]),
  ]

  @Test(arguments: floods)
  func ends(flooded test: HostileCase) async throws { try await test.play() }
}

extension Frame {
  func with(_ flags: Flags) -> Frame {
    var frame = self
    frame.flags = flags
    return frame
  }
}
