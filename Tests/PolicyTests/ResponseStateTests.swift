import HTTP2
import RPC
import Testing

/// What a client makes of header blocks, right and wrong.
@Suite struct ResponseStateTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let block: HeaderBlock
    var kind = HeadersKind.response
    var endsStream = true
    let code: StatusCode?
    var reason: String?
    var saying = ""
  }

  private static let tooMany: HeaderBlock = {
    var block: HeaderBlock = [:]
    for index in 0..<3 { block.append("a\(index)", "b") }
    return block
  }()

  @Test(arguments: [
    Case(
      testDescription: "trailers with OK", block: ["grpc-status": "0"], kind: .trailers, code: nil),
    Case(
      testDescription: "trailers with a status and an escaped message",
      block: ["grpc-status": "5", "grpc-message": "no %C3%B1"], kind: .trailers, code: .notFound,
      saying: "no ñ"),
    Case(
      testDescription: "trailers-only",
      block: [":status": "200", "content-type": "application/grpc", "grpc-status": "12"],
      code: .unimplemented),
    Case(
      testDescription: "trailers-only under another HTTP status keeps its gRPC status",
      block: [":status": "415", "grpc-status": "13", "grpc-message": "no"], code: .internal,
      saying: "no"),
    Case(
      testDescription: "trailers without status", block: ["x": "y"], kind: .trailers,
      code: .unknown, reason: "MALFORMED_RESPONSE", saying: "grpc-status"),
    Case(
      testDescription: "a status that is no number", block: ["grpc-status": "five"],
      kind: .trailers, code: .unknown, reason: "MALFORMED_RESPONSE", saying: "five"),
    Case(
      testDescription: "a status without a name", block: ["grpc-status": "17"], kind: .trailers,
      code: .unknown, reason: "MALFORMED_RESPONSE", saying: "17"),
    Case(
      testDescription: "HTTP 503", block: [":status": "503"], code: .unavailable,
      reason: "MALFORMED_RESPONSE", saying: "HTTP status 503"),
    Case(
      testDescription: "HTTP 404 with a page",
      block: [":status": "404", "content-type": "text/html"],
      endsStream: false, code: .unimplemented, reason: "MALFORMED_RESPONSE"),
    Case(
      testDescription: "a page", block: [":status": "200", "content-type": "text/html"],
      endsStream: false, code: .unknown, reason: "MALFORMED_RESPONSE", saying: "text/html"),
    Case(
      testDescription: "no content-type", block: [":status": "200"], endsStream: false,
      code: .unknown, reason: "MALFORMED_RESPONSE", saying: "no content-type"),
  ])
  func ends(_ test: Case) {
    var state = ResponseState(limits: HTTP2Limits())
    let error: RPCError?
    switch state.headers(test.block, test.kind, endsStream: test.endsStream) {
    case .ended(let ended, _): error = ended
    case .broken(let broken): error = broken
    case .started, .nothing:
      Issue.record("the call goes on")
      return
    }
    #expect(error?.code == test.code)
    #expect(error?.reason == test.reason)
    #expect(test.saying.isEmpty || error?.message.contains(test.saying) == true)
  }

  @Test("Response headers tell the metadata and the encoding")
  func begins() {
    var state = ResponseState(limits: HTTP2Limits())
    let early = state.headers([":status": "103"], .informational, endsStream: false)
    guard case .nothing = early else {
      Issue.record("an early hint ended the call")
      return
    }
    let step = state.headers(
      [
        ":status": "200", "content-type": "application/grpc+proto", "grpc-encoding": "gzip",
        "x-a": "b",
      ], .response, endsStream: false)
    guard case .started(let metadata) = step else {
      Issue.record("\(step)")
      return
    }
    #expect(metadata["x-a"] == "b")
    #expect(state.encoding == .gzip)
    #expect(state.hasStarted)
  }

  @Test("A request carries what PROTOCOL-HTTP2 wants, the pseudo headers first")
  func request() {
    var headers = RequestHeaders(scheme: "http", authority: "a:1", userAgent: "u")
    let block = headers.block(
      "/s.S/M", remaining: .seconds(1), compress: true, previousAttempts: 2, ["x-a": "b"])
    #expect(
      block.description == """
        :method: POST
        :scheme: http
        :path: /s.S/M
        :authority: a:1
        te: trailers
        content-type: application/grpc
        user-agent: u
        grpc-accept-encoding: identity,gzip
        grpc-timeout: 1000001u
        grpc-encoding: gzip
        grpc-previous-rpc-attempts: 2
        x-a: b
        """)
  }
}
