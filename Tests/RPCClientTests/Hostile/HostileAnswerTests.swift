import Peers
import RPC
import Testing

/// Servers whose frames are in order and whose answers are not: headers, statuses, encodings,
/// lengths.
@Suite(.serialized) struct HostileAnswerTests {
  private static let cardinality = HostileCase.End(
    code: .unimplemented, reason: "CARDINALITY_VIOLATION")
  private static let tooLarge = HostileCase.End(
    code: .resourceExhausted, reason: "HEADERS_TOO_LARGE")
  private static let messageTooLarge = HostileCase.End(
    code: .resourceExhausted, reason: "MESSAGE_TOO_LARGE")
  private static let ok = ("grpc-status", "0")
  private static let html = ("content-type", "text/html")
  private static let grpc = ("content-type", "application/grpc")

  static let cases: [HostileCase] = [
    HostileCase.answering(
      "no trailers", .malformed(.unknown), [.says([.head(), .message(), .data([], .endStream)])]),
    .answering(
      "no message and no trailers", .malformed(.unknown),
      [.says([.head(), .data([], .endStream)])]),
    .answering(
      "no message and no trailers, piece by piece", .malformed(.unknown),
      [.says([.head()]), .pauses(.milliseconds(30)), .says([.data([], .endStream)])]),
    .answering(
      "nothing but padding and no trailers", .malformed(.unknown),
      [.says([.head(), .data([3, 0, 0, 0], [.padded, .endStream])])]),
    .answering(
      "a message that ends the stream", .malformed(.unknown),
      [.says([.head(), .data([0, 0, 0, 0, 0], .endStream)])]),
    .answering(
      "a status in headers that others follow", .malformed(.unknown),
      [.says([.head(ok), .data([], .endStream)])]),
    .answering("headers alone", .malformed(.unknown), [.says([.only((":status", "200"), grpc)])]),
    .answering(
      "trailers without a status", .malformed(.unknown),
      [.says([.head(), .message(), .trailers(("x", "y"))])]),
    .answering(
      "a status twice", .malformed(.unknown),
      [.says([.head(), .message(), .trailers(ok, ("grpc-status", "13"))])]),
    .answering(
      "the same status twice", .malformed(.unknown),
      [.says([.head(), .message(), .trailers(ok, ok)])]),
    .answering(
      "a status in words", .malformed(.unknown),
      [.says([.head(), .message(), .trailers(("grpc-status", "OK"))])]),
    .answering(
      "an empty status", .malformed(.unknown),
      [.says([.head(), .message(), .trailers(("grpc-status", ""))])]),
    .answering(
      "a status with a sign", .malformed(.unknown),
      [.says([.head(), .message(), .trailers(("grpc-status", "+0"))])]),
    .answering(
      "a status below zero", .malformed(.unknown),
      [.says([.head(), .message(), .trailers(("grpc-status", "-1"))])]),
    .answering(
      "a status of a later day", .malformed(.unknown),
      [.says([.head(), .message(), .trailers(("grpc-status", "17"))])]),
    .answering(
      "a status of many digits", .malformed(.unknown),
      [.says([.head(), .trailers(("grpc-status", String(repeating: "9", count: 1000)))])]),
    .answering(
      "a message of 15 kB with the status", .status(.notFound),
      [
        .says([
          .head(),
          .trailers(("grpc-status", "5"), ("grpc-message", String(repeating: "%41", count: 5000))),
        ])
      ]),
    .answering(
      "a message that is no percent encoding", .status(.notFound),
      [.says([.head(), .trailers(("grpc-status", "5"), ("grpc-message", "%%%zz%4"))])]),
    .answering(
      "details that are no base64", .status(.notFound),
      [.says([.head(), .trailers(("grpc-status", "5"), ("grpc-status-details-bin", "?!"))])]),
    .answering(
      "details that are no message", .status(.notFound),
      [.says([.head(), .trailers(("grpc-status", "5"), ("grpc-status-details-bin", "//////8"))])]),
    .answering(
      "trailers that do not end the stream", .malformed(),
      [.says([.head(), .message(), .headers([HeaderField("grpc-status", "0")])])]),
    .answering("headers twice", .malformed(), [.says([.head(), .head()])]),

    .answering(
      "no :status", .malformed(),
      [.says([.headers([HeaderField("content-type", "application/grpc")])])]),
    .answering(
      ":status twice", .malformed(),
      [.says([.headers([HeaderField(":status", "200"), HeaderField(":status", "200")])])]),
    .answering(
      ":status in words", .malformed(), [.says([.headers([HeaderField(":status", "good")])])]),
    .answering(
      ":path in an answer", .malformed(),
      [.says([.headers([HeaderField(":status", "200"), HeaderField(":path", "/")])])]),
    .answering("a name in capitals", .malformed(), [.says([.head(("X-Big", "1"))])]),
    .answering("a line break in a value", .malformed(), [.says([.head(("x", "a\r\nb"))])]),
    .answering("connection: close", .malformed(), [.says([.head(("connection", "close"))])]),
    .answering("HTTP 101", .malformed(), [.says([.headers([HeaderField(":status", "101")])])]),
    .answering("HTTP 100 that ends the stream", .malformed(), [.says([.only((":status", "100"))])]),
    .answering(
      "HTTP 200 that is a page", .malformed(.unknown),
      [
        .says([.headers([HeaderField(":status", "200"), HeaderField("content-type", "text/html")])])
      ]),
    .answering(
      "HTTP 200 without content-type", .malformed(.unknown),
      [.says([.headers([HeaderField(":status", "200")])])]),
    .answering("HTTP 204", .malformed(.unknown), [.says([.only((":status", "204"))])]),
    .answering(
      "HTTP 301 elsewhere", .malformed(.unknown),
      [.says([.only((":status", "301"), ("location", "http://example.org/"))])]),
    .answering("HTTP 400", .malformed(.internal), [.says([.only((":status", "400"), html)])]),
    .answering(
      "HTTP 401", .malformed(.unauthenticated), [.says([.only((":status", "401"), html)])]),
    .answering(
      "HTTP 403", .malformed(.permissionDenied), [.says([.only((":status", "403"), html)])]),
    .answering("HTTP 404", .malformed(.unimplemented), [.says([.only((":status", "404"), html)])]),
    .answering("HTTP 429", .malformed(.unavailable), [.says([.only((":status", "429"), html)])]),
    .answering("HTTP 503", .malformed(.unavailable), [.says([.only((":status", "503"), html)])]),
    .answering("HTTP 999", .malformed(.unknown), [.says([.only((":status", "999"), html)])]),
    .answering(
      "content-length of more than comes", .malformed(),
      [.says([.head(("content-length", "100")), .message(), .trailers(ok)])]),
    .answering(
      "content-length of less than comes", .malformed(),
      [.says([.head(("content-length", "1")), .message(), .trailers(ok)])]),
    .answering(
      "content-length in words", .malformed(), [.says([.head(("content-length", "six"))])]),

    .answering(
      "headers over the limit", tooLarge,
      [
        .says([
          .head(
            ("x", String(repeating: "y", count: 16_200)), ("z", String(repeating: "y", count: 100)))
        ])
      ]),
    .answering(
      "101 header fields", tooLarge,
      [.says([.headers([HeaderField](repeating: HeaderField("x", "y"), count: 101).status200)])]),
    .answering(
      "trailers over the limit", tooLarge,
      [
        .says([
          .head(), .message(),
          .headers(
            [HeaderField](repeating: HeaderField("x", "y"), count: 101), [.endHeaders, .endStream]),
        ])
      ]),
    .answering("headers that unfold from one byte to 4 kB each", .violation, [.says([.bomb])]),

    .answering(
      "no message", cardinality, streaming: .ok, [.hearsAll, .says([.head(), .trailers(ok)])]),
    .answering(
      "no message, in headers alone", cardinality, streaming: .ok,
      [.hearsAll, .says([.only((":status", "200"), grpc, ok)])]),
    .answering(
      "two messages", cardinality, streaming: .ok,
      [.hearsAll, .says([.head(), .message(), .message(), .trailers(ok)])]),
    .answering(
      "a message and a failure", .status(.dataLoss),
      [.says([.head(), .message(), .trailers(("grpc-status", "15"))])]),
    .answering(
      "a message cut short", .malformed(),
      [.says([.head(), .data([0, 0, 0, 0, 9, 1]), .trailers(ok)])]),
    .answering(
      "a prefix cut short", .malformed(), [.says([.head(), .data([0, 0, 0]), .trailers(ok)])]),
    .answering(
      "a length of 4 GiB", messageTooLarge, [.says([.head(), .data([0, 255, 255, 255, 255, 1])])]),
    .answering(
      "a length of 4 MiB, and then nothing", .deadline,
      [.says([.head(), .data([0, 0, 0x40, 0, 0, 1])])]),
    .answering("a flag of 2", .malformedMessage, [.says([.head(), .data([2, 0, 0, 0, 0])])]),
    .answering(
      "compressed without saying how", .malformedMessage,
      [.says([.head(), .data([1, 0, 0, 0, 1, 7]), .trailers(ok)])]),
    .answering(
      "compressed as nobody knows", .malformed(),
      [.says([.head(("grpc-encoding", "snappy")), .data([1, 0, 0, 0, 1, 7]), .trailers(ok)])]),
    .answering(
      "gzip that is none", .malformedMessage,
      [.says([.head(("grpc-encoding", "gzip")), .data([1, 0, 0, 0, 1, 7]), .trailers(ok)])]),
    .answering(
      "gzip that holds 40 MB", messageTooLarge,
      [.says([.head(("grpc-encoding", "gzip"))]), .says(Frame.gzipBomb), .says([.trailers(ok)])]),
    .answering(
      "one byte at a time", .deadline,
      [
        .says([.head()]),
        .raw(Array([UInt8](repeating: 0, count: 4).flatMap { Frame.data([$0]).bytes })),
      ]),
  ]

  @Test(arguments: cases)
  func ends(_ test: HostileCase) async throws { try await test.play() }
}

extension [HeaderField] {
  fileprivate var status200: [HeaderField] {
    [HeaderField(":status", "200"), HeaderField("content-type", "application/grpc")] + self
  }
}

extension Frame {
  /// Puts one field of 4,000 bytes into the table and names it 8,000 times, a byte each.
  fileprivate static let bomb: Frame = {
    let field = HeaderField("x", String(repeating: "y", count: 3900))
    var indexed = field.literal
    indexed[0] = 0x40
    let block = [HeaderField]().status200.headerBlock + indexed
    return Frame(
      .headers, .endHeaders, stream: 1, payload: block + [UInt8](repeating: 0xbe, count: 8000))
  }()

  /// A message of 40 kB, 40 MB inflated.
  static let gzipBomb: [Frame] = {
    let packed = Gzip.compress([UInt8](repeating: 0, count: 40_000_000))
    let bytes = [1] + UInt32(packed.count).bigEndianBytes + packed
    return stride(from: 0, to: bytes.count, by: Frame.maximumPayload).map {
      .data(Array(bytes[$0..<min($0 + Frame.maximumPayload, bytes.count)]))
    }
  }()
}
