import Messages
import Protobuf
import RPC

/// Serves `grpc.reflection.v1.ServerReflection` for the whole.
struct GatewayReflection: GrpcReflectionV1.ServerReflection {
  let whole: WholeReflection

  func serverReflectionInfo(
    _ requests: RequestStream<GrpcReflectionV1.ServerReflectionRequest>,
    _ responses: ResponseWriter<GrpcReflectionV1.ServerReflectionResponse>, _ context: CallContext
  ) async throws {
    for try await request in requests { try await responses.send(await whole.answer(request)) }
  }
}

/// Serves `grpc.reflection.v1alpha.ServerReflection`: the same messages under an older name, so
/// their bytes pass over unchanged.
struct GatewayAlphaReflection: GrpcReflectionV1alpha.ServerReflection {
  let whole: WholeReflection

  func serverReflectionInfo(
    _ requests: RequestStream<GrpcReflectionV1alpha.ServerReflectionRequest>,
    _ responses: ResponseWriter<GrpcReflectionV1alpha.ServerReflectionResponse>,
    _ context: CallContext
  ) async throws {
    for try await request in requests {
      let answer = await whole.answer(try .init(decoding: request.encoded()))
      try await responses.send(.init(decoding: answer.encoded()))
    }
  }
}
