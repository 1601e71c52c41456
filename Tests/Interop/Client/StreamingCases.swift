import RPC
import RPCClient
import TestMessages

/// The cases with a stream in at least one direction.
struct StreamingCases {
  private let client: GrpcTesting.TestServiceClient

  init(_ client: GrpcTesting.TestServiceClient) { self.client = client }

  private func input(_ size: Int, compressed: Bool? = nil)
    -> GrpcTesting.StreamingInputCallRequest
  {
    GrpcTesting.StreamingInputCallRequest(
      payload: .zeros(size), expectCompressed: compressed.map { GrpcTesting.BoolValue(value: $0) })
  }

  private func output(_ sizes: [(Int, Bool?)], payload: Int? = nil)
    -> GrpcTesting.StreamingOutputCallRequest
  {
    GrpcTesting.StreamingOutputCallRequest(
      responseParameters: sizes.map { size, compressed in
        GrpcTesting.ResponseParameters(
          size: Int32(size), compressed: compressed.map { GrpcTesting.BoolValue(value: $0) })
      },
      payload: payload.map { .zeros($0) })
  }

  func client() async throws {
    let call = try await client.streamingInputCall()
    for size in Sizes.requests { try await call.send(input(size)) }
    try await call.finishSending()
    try expect(try await call.response().aggregatedPayloadSize, 74_922, "sum of sizes")
  }

  func clientCompressed() async throws {
    let probe = try await client.streamingInputCall()
    try await expectFailure(.invalidArgument) {
      try await probe.send(input(27_182, compressed: true))
      try await probe.finishSending()
      _ = try await probe.response()
    }
    let call = try await client.streamingInputCall(CallOptions(compress: true))
    try await call.send(input(27_182, compressed: true), compress: true)
    try await call.send(input(45_904, compressed: false), compress: false)
    try await call.finishSending()
    try expect(try await call.response().aggregatedPayloadSize, 73_086, "sum of sizes")
  }

  func server() async throws {
    let call = try await client.streamingOutputCall(output(Sizes.responses.map { ($0, nil) }))
    for size in Sizes.responses {
      try expectZeros(try await call.responses.next()?.payload, size)
    }
    try expect(try await call.responses.next(), nil, "a fifth answer")
  }

  func serverCompressed() async throws {
    let wanted = [(31_415, true), (92_653, false)]
    let call = try await client.streamingOutputCall(output(wanted.map { ($0.0, $0.1) }))
    for (size, compressed) in wanted {
      try expectZeros(try await call.responses.next()?.payload, size)
      try expect(call.lastMessageWasCompressed, compressed, "compressed flag")
    }
    try expect(try await call.responses.next(), nil, "a third answer")
  }

  func pingPong() async throws {
    let call = try await client.fullDuplexCall()
    for (request, response) in zip(Sizes.requests, Sizes.responses) {
      try await call.send(output([(response, nil)], payload: request))
      try expectZeros(try await call.responses.next()?.payload, response)
    }
    try await call.finishSending()
    try expect(try await call.responses.next(), nil, "a fifth answer")
  }

  func emptyStream() async throws {
    let call = try await client.fullDuplexCall()
    try await call.finishSending()
    try expect(try await call.responses.next(), nil, "an answer")
  }

  func cancelAfterBegin() async throws {
    let call = try await client.streamingInputCall()
    call.cancel()
    try await expectFailure(.cancelled) { _ = try await call.response() }
  }

  func cancelAfterFirstResponse() async throws {
    let call = try await client.fullDuplexCall()
    try await call.send(output([(31_415, nil)], payload: 27_182))
    try expectZeros(try await call.responses.next()?.payload, 31_415)
    call.cancel()
    try await expectFailure(.cancelled) { _ = try await call.responses.next() }
  }

  func timeout() async throws {
    try await expectFailure(.deadlineExceeded) {
      let call = try await client.fullDuplexCall(CallOptions(timeout: .milliseconds(1)))
      try await call.send(
        GrpcTesting.StreamingOutputCallRequest(payload: .zeros(27_182)))
      _ = try await call.responses.next()
    }
  }

  func customMetadata() async throws {
    let call = try await client.fullDuplexCall(CallOptions(metadata: EchoedMetadata.sent))
    try await call.send(output([(Sizes.largeResponse, nil)], payload: Sizes.largeRequest))
    try await call.finishSending()
    try expectZeros(try await call.responses.next()?.payload, Sizes.largeResponse)
    try expect(try await call.responses.next(), nil, "a second answer")
    try EchoedMetadata.check(
      initial: try await call.initialMetadata(), trailing: call.trailingMetadata)
  }

  func status(_ message: String) async throws {
    let call = try await client.fullDuplexCall()
    try await expectFailure(.unknown, message) {
      try await call.send(
        GrpcTesting.StreamingOutputCallRequest(
          responseStatus: GrpcTesting.EchoStatus(code: 2, message: message)))
      try await call.finishSending()
      _ = try await call.responses.next()
    }
  }
}
