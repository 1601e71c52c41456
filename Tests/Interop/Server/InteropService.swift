import RPC
import TestMessages

/// `grpc.testing.TestService`, with the features that grpc's interop tests name.
struct InteropService: GrpcTesting.TestService {
  /// No answer is asked to be larger by an honest test.
  private static let maxPayloadBytes = 64 << 20

  func emptyCall(_ request: GrpcTesting.Empty, _ context: CallContext) async throws
    -> GrpcTesting.Empty
  {
    echoMetadata(context)
    return GrpcTesting.Empty()
  }

  func unaryCall(_ request: GrpcTesting.SimpleRequest, _ context: CallContext) async throws
    -> GrpcTesting.SimpleResponse
  {
    try await check(request.expectCompressed, context)
    echoMetadata(context)
    try echo(request.responseStatus)
    if let compressed = request.responseCompressed { context.setCompression(compressed.value) }
    return GrpcTesting.SimpleResponse(
      payload: try payload(request.responseSize, request.responseType))
  }

  func cacheableUnaryCall(_ request: GrpcTesting.SimpleRequest, _ context: CallContext)
    async throws -> GrpcTesting.SimpleResponse
  {
    try await unaryCall(request, context)
  }

  func streamingOutputCall(
    _ request: GrpcTesting.StreamingOutputCallRequest,
    _ responses: ResponseWriter<GrpcTesting.StreamingOutputCallResponse>, _ context: CallContext
  ) async throws {
    echoMetadata(context)
    try echo(request.responseStatus)
    try await answer(request, responses, context)
  }

  func streamingInputCall(
    _ requests: RequestStream<GrpcTesting.StreamingInputCallRequest>, _ context: CallContext
  ) async throws -> GrpcTesting.StreamingInputCallResponse {
    var total = 0
    for try await request in requests {
      try await check(request.expectCompressed, context)
      total += request.payload?.body.count ?? 0
    }
    return GrpcTesting.StreamingInputCallResponse(aggregatedPayloadSize: Int32(clamping: total))
  }

  func fullDuplexCall(
    _ requests: RequestStream<GrpcTesting.StreamingOutputCallRequest>,
    _ responses: ResponseWriter<GrpcTesting.StreamingOutputCallResponse>, _ context: CallContext
  ) async throws {
    echoMetadata(context)
    for try await request in requests {
      try echo(request.responseStatus)
      try await answer(request, responses, context)
    }
  }

  func halfDuplexCall(
    _ requests: RequestStream<GrpcTesting.StreamingOutputCallRequest>,
    _ responses: ResponseWriter<GrpcTesting.StreamingOutputCallResponse>, _ context: CallContext
  ) async throws {
    var waiting: [GrpcTesting.StreamingOutputCallRequest] = []
    for try await request in requests { waiting.append(request) }
    for request in waiting { try await answer(request, responses, context) }
  }

  func unimplementedCall(_ request: GrpcTesting.Empty, _ context: CallContext) async throws
    -> GrpcTesting.Empty
  {
    throw RPCError(.unimplemented, "this method is here to be missing")
  }

  // MARK: Features

  /// One response for each of the parameters, each after its interval.
  private func answer(
    _ request: GrpcTesting.StreamingOutputCallRequest,
    _ responses: ResponseWriter<GrpcTesting.StreamingOutputCallResponse>, _ context: CallContext
  ) async throws {
    for parameters in request.responseParameters {
      if parameters.intervalUs > 0 {
        try await Task.sleep(for: .microseconds(Int(parameters.intervalUs)))
      }
      if let compressed = parameters.compressed { context.setCompression(compressed.value) }
      try await responses.send(
        GrpcTesting.StreamingOutputCallResponse(
          payload: try payload(parameters.size, request.responseType)))
    }
  }

  private func payload(_ size: Int32, _ type: GrpcTesting.PayloadType) throws
    -> GrpcTesting.Payload
  {
    guard type == .compressable, 0...Self.maxPayloadBytes ~= Int(size) else {
      throw RPCError(.invalidArgument, "no payload of type \(type.number) and size \(size)")
    }
    return GrpcTesting.Payload(body: [UInt8](repeating: 0, count: Int(size)))
  }

  /// CompressedRequest: the flag must be as the message says.
  private func check(_ expected: GrpcTesting.BoolValue?, _ context: CallContext) async throws {
    guard let expected else { return }
    guard await context.lastMessageWasCompressed == expected.value else {
      throw RPCError(.invalidArgument, "the message is compressed or not, other than it says")
    }
  }

  private func echo(_ status: GrpcTesting.EchoStatus?) throws {
    guard let status, status.code != 0 else { return }
    let code = StatusCode(rawValue: Int(status.code)) ?? .unknown
    throw RPCError(code, status.message)
  }

  private func echoMetadata(_ context: CallContext) {
    if let value = context.metadata["x-grpc-test-echo-initial"] {
      context.setInitialMetadata(["x-grpc-test-echo-initial": value])
    }
    if let value = context.metadata[binary: "x-grpc-test-echo-trailing-bin"] {
      var trailing: Metadata = [:]
      trailing.add(binary: "x-grpc-test-echo-trailing-bin", value)
      context.setTrailingMetadata(trailing)
    }
  }
}
