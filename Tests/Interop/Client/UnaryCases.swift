import RPC
import RPCClient
import TestMessages

/// The cases of one message each way.
struct UnaryCases {
  private let client: GrpcTesting.TestServiceClient

  init(_ client: GrpcTesting.TestServiceClient) { self.client = client }

  func empty() async throws {
    try expect(
      try await client.emptyCall(GrpcTesting.Empty()), GrpcTesting.Empty(), "answer")
  }

  static var largeRequest: GrpcTesting.SimpleRequest {
    GrpcTesting.SimpleRequest(
      responseSize: Int32(Sizes.largeResponse), payload: .zeros(Sizes.largeRequest))
  }

  func large() async throws {
    try expectZeros(try await client.unaryCall(Self.largeRequest).payload, Sizes.largeResponse)
  }

  func clientCompressed() async throws {
    var request = Self.largeRequest
    request.expectCompressed = GrpcTesting.BoolValue(value: true)
    let probe = request
    try await expectFailure(.invalidArgument) { _ = try await client.unaryCall(probe) }
    for compressed in [true, false] {
      request.expectCompressed = GrpcTesting.BoolValue(value: compressed)
      let answer = try await client.unaryCall(request, CallOptions(compress: compressed))
      try expectZeros(answer.payload, Sizes.largeResponse)
    }
  }

  func serverCompressed() async throws {
    for compressed in [true, false] {
      var request = Self.largeRequest
      request.responseCompressed = GrpcTesting.BoolValue(value: compressed)
      let call = try await client.invoker.serverStreaming(
        GrpcTesting.TestServiceMethods.unaryCall, request)
      try expectZeros(try await call.response().payload, Sizes.largeResponse)
      try expect(call.lastMessageWasCompressed, compressed, "compressed flag")
    }
  }

  func customMetadata() async throws {
    let answer = try await client.invoker.unaryResponse(
      GrpcTesting.TestServiceMethods.unaryCall, Self.largeRequest,
      CallOptions(metadata: EchoedMetadata.sent))
    try expectZeros(answer.message.payload, Sizes.largeResponse)
    try EchoedMetadata.check(
      initial: answer.initialMetadata, trailing: answer.trailingMetadata)
  }

  func status(_ message: String) async throws {
    let request = GrpcTesting.SimpleRequest(
      responseStatus: GrpcTesting.EchoStatus(code: 2, message: message))
    try await expectFailure(.unknown, message) { _ = try await client.unaryCall(request) }
  }

  func unimplementedMethod() async throws {
    try await expectFailure(.unimplemented) {
      _ = try await client.unimplementedCall(GrpcTesting.Empty())
    }
  }

  func unimplementedService(_ channel: RPCChannel) async throws {
    let client = GrpcTesting.UnimplementedServiceClient(channel)
    try await expectFailure(.unimplemented) {
      _ = try await client.unimplementedCall(GrpcTesting.Empty())
    }
  }
}
