import HTTP2
import RPC
import RPCClient
import RPCServer
import Testing

@testable import cabildo_gateway

/// What a caller gets through the gateway is what it would have got without it.
@Suite struct RelayTests {
  /// Answers every message with itself, and the metadata that came with it.
  private static let echo = ServerMethod("/test.T/Echo", .bidirectional) { call in
    var metadata = call.metadata.filtered { $0.starts(with: "x-echo".utf8) }
    call.stream.setInitialMetadata(metadata)
    while let message = try await call.stream.nextMessage() {
      try await call.stream.send(MessageFrame(payload: message))
    }
    metadata.add(binary: "x-bytes-bin", [0, 255, 10])
    call.stream.setTrailingMetadata(metadata)
  }

  private static let sum = ServerMethod("/test.T/Sum", .clientStreaming) { call in
    var total = 0
    while let message = try await call.stream.nextMessage() { total += message.count }
    try await call.stream.send(MessageFrame(payload: Array("\(total)".utf8)))
  }

  private static let count = ServerMethod("/test.T/Count", .serverStreaming) { call in
    let count = Int(try await call.stream.nextMessage()?.first ?? 0)
    for number in 0..<count { try await call.stream.send(MessageFrame(payload: [UInt8(number)])) }
  }

  private static let mute = ServerMethod("/test.T/Mute", .bidirectional) { call in
    call.stream.setInitialMetadata(["x-echo": "mute"])
    while try await call.stream.nextMessage() != nil {}
  }

  private static let methods = [echo, sum, count, mute]

  struct Case: CustomTestStringConvertible, Sendable {
    let method: MethodName
    let kind: CallKind
    let messages: [[UInt8]]
    var testDescription: String { "\(method) \(kind) with \(messages.count) messages" }
  }

  @Test(
    "Calls of all kinds: the same messages, metadata and status as without the gateway",
    arguments: [
      Case(method: "/test.T/Echo", kind: .unary, messages: [[1, 2, 3]]),
      Case(method: "/test.T/Echo", kind: .unary, messages: [[]]),
      Case(method: "/test.T/Echo", kind: .bidirectional, messages: []),
      Case(method: "/test.T/Echo", kind: .bidirectional, messages: (0..<50).map { [$0] }),
      Case(method: "/test.T/Sum", kind: .clientStreaming, messages: (0..<100).map { [$0, $0] }),
      Case(method: "/test.T/Sum", kind: .clientStreaming, messages: []),
      Case(method: "/test.T/Count", kind: .serverStreaming, messages: [[200]]),
      Case(method: "/test.T/Count", kind: .serverStreaming, messages: [[0]]),
      Case(method: "/test.T/Mute", kind: .bidirectional, messages: [[1]]),
      Case(method: "/test.T/Count", kind: .serverStreaming, messages: [[1], [2]]),
      Case(method: "/test.T/Count", kind: .serverStreaming, messages: []),
      Case(method: "/test.T/Nothing", kind: .unary, messages: [[1]]),
      Case(method: "/test.Other/Nothing", kind: .unary, messages: [[1]]),
    ])
  func kinds(_ test: Case) async throws {
    var metadata: Metadata = ["x-echo": "a, b=c; ~ \"q\"", "x-echo-two": "a", "x-other": "b"]
    metadata.add("x-echo-two", "again")
    metadata.add("x-echo-two", "")
    metadata.add(binary: "x-echo-bin", Array(0...255))
    metadata.add(binary: "x-echo-bin", [])
    let options = CallOptions(timeout: .seconds(20), metadata: metadata)
    try await withGateway(Self.methods) { gateway in
      let direct = await gateway.direct.outcome(of: test.method, test.kind, test.messages, options)
      let through = await gateway.client.outcome(
        of: test.method, test.kind, test.messages, options)
      #expect(through.comparable == direct.comparable)
      #expect(through.error?.message == direct.error?.message)
    }
  }

  @Test("A whole message larger than every window, there and back")
  func largeMessage() async throws {
    try await withGateway([Self.echo]) { gateway in
      let message = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
      let outcome = await gateway.client.outcome(of: "/test.T/Echo", .unary, [message])
      #expect(outcome.error == nil)
      #expect(outcome.payloads == [message])
    }
  }

  @Test("A message passes up to the limit that is set, and is refused beyond")
  func messageLimit() async throws {
    try await withGateway(
      [Self.echo],
      configure: {
        $0.maxReceiveMessageBytes = 6 << 20
        $0.maxSendMessageBytes = 6 << 20
      }
    ) { gateway in
      let large = await gateway.client.outcome(
        of: "/test.T/Echo", .unary, [[UInt8](repeating: 7, count: 6 << 20)])
      #expect(large.error == nil)
      #expect(large.messages.first?.bytes.count == 6 << 20)
      let larger = await gateway.client.outcome(
        of: "/test.T/Echo", .unary, [[UInt8](repeating: 7, count: 6 << 20 + 1)])
      #expect(larger.error?.code == .resourceExhausted)
      #expect(larger.error?.reason == "MESSAGE_TOO_LARGE")
    }
  }

  @Test(
    "Ten thousand messages, each answered before the next and all at once", arguments: [1, 256])
  func longStream(inFlight: Int) async throws {
    try await withGateway([Self.echo]) { gateway in
      let stream = try await gateway.client.open(ClientRequest("/test.T/Echo", .bidirectional))
      let total = 10_000
      for start in stride(from: 0, to: total, by: inFlight) {
        let numbers = start..<min(start + inFlight, total)
        for number in numbers {
          try await stream.send(MessageFrame(payload: Array("\(number)".utf8)), compress: false)
        }
        for number in numbers {
          let answer = try await stream.nextMessage()
          guard answer == Array("\(number)".utf8) else {
            Issue.record("message \(number) was answered by \(String(describing: answer))")
            return
          }
        }
      }
      try await stream.finishSending()
      #expect(try await stream.nextMessage() == nil)
    }
  }

  @Test("Initial metadata arrives as soon as the service sends it, ahead of any message")
  func earlyHeaders() async throws {
    let patient = ServerMethod("/test.T/Patient", .bidirectional) { call in
      call.stream.setInitialMetadata(["x-early": "yes"])
      try await call.stream.sendInitialMetadata()
      while let message = try await call.stream.nextMessage() {
        try await call.stream.send(MessageFrame(payload: message))
      }
    }
    try await withGateway([patient]) { gateway in
      let stream = try await gateway.client.open(
        ClientRequest("/test.T/Patient", .bidirectional, CallOptions(timeout: .seconds(10))))
      #expect(try await stream.initialMetadata()["x-early"] == "yes")
      try await stream.send(MessageFrame(payload: [1]), compress: false)
      #expect(try await stream.nextMessage() == [1])
    }
  }

  @Test("A service may speak first, answer in the middle of a request, and be done with it")
  func serviceFirst() async throws {
    let hasty = ServerMethod("/test.T/Hasty", .bidirectional) { call in
      try await call.stream.send(MessageFrame(payload: [1]))
      _ = try await call.stream.nextMessage()
      throw RPCError(.failedPrecondition, "enough")
    }
    try await withGateway([hasty]) { gateway in
      let stream = try await gateway.client.open(
        ClientRequest("/test.T/Hasty", .bidirectional, CallOptions(timeout: .seconds(10))))
      #expect(try await stream.nextMessage() == [1])
      try await stream.send(MessageFrame(payload: [2]), compress: false)
      let error = await #expect(throws: RPCError.self) { try await stream.nextMessage() }
      #expect(error?.code == .failedPrecondition)
      #expect(error?.message == "enough")
    }
  }
}
