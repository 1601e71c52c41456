import HTTP2
import Peers
import RPC
import RPCClient
import Testing
import WellKnown

/// Whatever a server does, a call ends with the right code and reason, before its deadline.
@Suite struct LyingServerTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let script: ScriptedServer.Script
    let code: StatusCode
    let reason: String?
    var saying = ""

    /// A server of HTTP/2 that answers every request by these steps.
    static func answers(
      _ description: String, _ code: StatusCode, _ reason: String?, saying: String = "",
      limits: HTTP2Limits = HTTP2Limits(), _ steps: [Answer.Step]
    ) -> Case {
      Case(
        testDescription: description, script: .http2(limits) { answer, _ in answer.steps = steps },
        code: code, reason: reason, saying: saying)
    }
  }

  private static let head = Answer.head
  private static let message: [UInt8] = [0, 0, 0, 0, 1, 7]
  private static let malformed = "MALFORMED_RESPONSE"
  private static let malformedMessage = "MALFORMED_MESSAGE"
  private static let messageTooLarge = "MESSAGE_TOO_LARGE"
  private static let cardinality = "CARDINALITY_VIOLATION"
  private static let headersTooLarge = "HEADERS_TOO_LARGE"
  /// Reasons that lie in a message and not in the connection: they name no target.
  private static let ofMessages = [
    malformed, malformedMessage, messageTooLarge, cardinality, headersTooLarge,
  ]

  @Test(arguments: [
    Case(
      testDescription: "HTTP/1.1", script: .answersOnce(Array("HTTP/1.1 400 Bad Request\r\n".utf8)),
      code: .unavailable, reason: "NOT_HTTP2", saying: "HTTP/1.1 400"),
    Case(
      testDescription: "SSH", script: .says(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)),
      code: .unavailable, reason: "NOT_HTTP2", saying: "SSH-2.0"),
    Case(
      testDescription: "a TLS alert", script: .says([0x15, 3, 1, 0, 2, 2, 70]),
      code: .unavailable, reason: "NOT_HTTP2"),
    Case(
      testDescription: "listens and hangs up", script: .answersOnce([]), code: .unavailable,
      reason: "CONNECTION_CLOSED"),
    Case(
      testDescription: "is silent", script: .isSilent, code: .unavailable,
      reason: "CONNECT_TIMEOUT"),
    .answers("resets with INTERNAL_ERROR", .internal, "STREAM_RESET", [.reset(.internalError)]),
    .answers("resets with CANCEL", .cancelled, "STREAM_RESET", [.reset(.cancel)]),
    .answers(
      "resets with ENHANCE_YOUR_CALM", .resourceExhausted, "STREAM_RESET",
      [.reset(.enhanceYourCalm)]),
    .answers("refuses every stream", .unavailable, "STREAM_REFUSED", [.reset(.refusedStream)]),
    .answers(
      "goes away in anger", .unavailable, "GOAWAY", saying: "no more of you",
      [.goAway(.internalError, "no more of you"), .close]),
    .answers("goes away and closes", .unavailable, "DRAINING", [.goAway(.noError, ""), .close]),
    .answers(
      "closes in the middle", .unavailable, "CONNECTION_CLOSED",
      [
        .headers(head, endStream: false), .data([0, 0]), .close,
      ]),
    .answers(
      "HTTP 503", .unavailable, malformed, saying: "503",
      [
        .headers([":status": "503", "content-type": "text/html"], endStream: true)
      ]),
    .answers(
      "HTTP 404 with a page", .unimplemented, malformed,
      [
        .headers([":status": "404", "content-type": "text/html"], endStream: false),
        .data(Array("<html>".utf8)),
      ]),
    .answers(
      "a page with 200", .unknown, malformed, saying: "text/html",
      [
        .headers([":status": "200", "content-type": "text/html"], endStream: false)
      ]),
    .answers(
      "no trailers", .unknown, malformed, saying: "trailers",
      [
        .headers(head, endStream: false), .data(message), .finish,
      ]),
    .answers(
      "trailers without status", .unknown, malformed,
      [
        .headers(head, endStream: false), .data(message), .trailers(["x": "y"]),
      ]),
    .answers(
      "two messages where one is due", .unimplemented, cardinality, saying: "more",
      [
        .headers(head, endStream: false), .data(message + message), .trailers(["grpc-status": "0"]),
      ]),
    .answers(
      "endless messages where one is due", .unimplemented, cardinality, saying: "more",
      [
        .headers(head, endStream: false), .data(message), .data(message),
      ]),
    .answers(
      "no message where one is due", .unimplemented, cardinality, saying: "none",
      [
        .headers(head, endStream: true)
      ].withStatus("0")),
    .answers(
      "a message cut short", .internal, malformed, saying: "cut short",
      [
        .headers(head, endStream: false), .data([0, 0, 0, 0, 9, 1]),
        .trailers(["grpc-status": "0"]),
      ]),
    .answers(
      "a flag that does not exist", .internal, malformedMessage, saying: "flag 7",
      [
        .headers(head, endStream: false), .data([7, 0, 0, 0, 0]), .trailers(["grpc-status": "0"]),
      ]),
    .answers(
      "a message over the limit", .resourceExhausted, messageTooLarge,
      saying: "maxReceiveMessage",
      [
        .headers(head, endStream: false), .data([0, 0x7f, 0xff, 0xff, 0xff, 1]),
      ]),
    .answers(
      "compressed without saying how", .internal, malformedMessage, saying: "grpc-encoding",
      [
        .headers(head, endStream: false), .data([1, 0, 0, 0, 1, 7]),
        .trailers(["grpc-status": "0"]),
      ]),
    .answers(
      "compressed in an unknown way", .internal, malformed, saying: "unknown encoding",
      [
        .headers(head.with("grpc-encoding", "snappy"), endStream: false),
        .data([1, 0, 0, 0, 1, 7]), .trailers(["grpc-status": "0"]),
      ]),
    .answers(
      "gzip that is none", .internal, malformedMessage, saying: "gzip",
      [
        .headers(head.with("grpc-encoding", "gzip"), endStream: false),
        .data([1, 0, 0, 0, 1, 7]), .trailers(["grpc-status": "0"]),
      ]),
    .answers(
      "headers over the limit", .resourceExhausted, headersTooLarge, saying: "maxHeaderListBytes",
      [
        .headers(head.with("x", String(repeating: "y", count: 20_000)), endStream: false)
      ]),
    .answers(
      "a frame that is no frame", .unavailable, "HTTP2_PROTOCOL_VIOLATION",
      [
        .raw([0, 0, 3, 6, 0, 0, 0, 0, 0, 1, 2, 3])
      ]),
    .answers(
      "DATA on a stream nobody opened", .unavailable, "HTTP2_PROTOCOL_VIOLATION",
      [
        .raw([0, 0, 1, 0, 0, 0, 0, 0, 99, 1])
      ]),
    .answers(
      "PUSH_PROMISE", .unavailable, "HTTP2_PROTOCOL_VIOLATION",
      [
        .raw([0, 0, 4, 5, 4, 0, 0, 0, 1, 0, 0, 0, 2])
      ]),
    .answers("never answers", .deadlineExceeded, nil, []),
    .answers(
      "begins and never ends", .deadlineExceeded, nil,
      [
        .headers(head, endStream: false), .data(message),
      ]),
  ])
  func endsCall(_ test: Case) async throws {
    let server = try await ScriptedServer(test.script)
    let start = ContinuousClock.now
    let error = try await withChannel(
      server.target, { $0.backoff.connectTimeoutMinimum = .milliseconds(1500) }
    ) { channel in
      await channel.failure(of: "/t.T/M", [], .within(.seconds(3)))
    }
    try await server.stop()
    #expect(error?.code == test.code, "\(error.map { "\($0.message)" } ?? "no error")")
    #expect(error?.reason == test.reason)
    #expect(error?.message.contains(test.saying) ?? false || test.saying.isEmpty)
    if let reason = test.reason, !Self.ofMessages.contains(reason) {
      #expect(error?.errorInfo?.metadata["target"] == server.target)
    }
    #expect(ContinuousClock.now - start < .seconds(6) * Slack.factor)
  }

  @Test("Hangs up at once")
  func hangsUp() async throws {
    let server = try await ScriptedServer(.hangsUp)
    let error = try await withChannel(server.target) { await $0.failure(of: "/t.T/M") }
    try await server.stop()
    #expect(error?.code == .unavailable)
    #expect(["CONNECTION_CLOSED", "CONNECTION_RESET"].contains(error?.reason))
  }

  @Test("Nobody listens")
  func refused() async throws {
    let server = try await ScriptedServer(.hangsUp)
    try await server.stop()
    let error = try await withChannel(server.target) { await $0.failure(of: "/t.T/M") }
    #expect(error?.code == .unavailable)
    #expect(error?.reason == "CONNECTION_REFUSED")
  }

  @Test("No socket file is there")
  func noSocketFile() async throws {
    let error = try await withChannel("unix:/nowhere/at/all.sock") {
      await $0.failure(of: "/t.T/M")
    }
    #expect(error?.code == .unavailable)
    #expect(error?.reason == "CONNECTION_FAILED")
  }

  @Test("A name that nobody has")
  func noName() async throws {
    let error = try await withChannel("dns:///no-such-host.invalid:1") {
      await $0.failure(of: "/t.T/M")
    }
    #expect(error?.code == .unavailable)
    #expect(error?.reason == "NAME_NOT_RESOLVED")
    #expect(error?.message.contains("no-such-host.invalid") == true)
  }
}

extension HeaderBlock {
  func with(_ name: String, _ value: String) -> HeaderBlock {
    var block = self
    block.append(name, value)
    return block
  }
}

extension [Answer.Step] {
  /// The header blocks among the steps with a status added.
  func withStatus(_ status: String) -> [Answer.Step] {
    map { step in
      guard case .headers(let block, let endStream) = step else { return step }
      return .headers(block.with("grpc-status", status), endStream: endStream)
    }
  }
}
