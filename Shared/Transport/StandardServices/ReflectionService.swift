package import Messages
internal import Protobuf
package import RPC

/// Serves `grpc.reflection.v1.ServerReflection`.
package struct ReflectionService: GrpcReflectionV1.ServerReflection {
  private let index: ReflectionIndex

  package init(_ index: ReflectionIndex) { self.index = index }

  package func serverReflectionInfo(
    _ requests: RequestStream<GrpcReflectionV1.ServerReflectionRequest>,
    _ responses: ResponseWriter<GrpcReflectionV1.ServerReflectionResponse>, _ context: CallContext
  ) async throws {
    for try await request in requests { try await responses.send(index.answer(request)) }
  }
}

/// Serves `grpc.reflection.v1alpha.ServerReflection`: the same messages under an older name, so
/// their bytes pass over unchanged.
package struct ReflectionAlphaService: GrpcReflectionV1alpha.ServerReflection {
  private let index: ReflectionIndex

  package init(_ index: ReflectionIndex) { self.index = index }

  package func serverReflectionInfo(
    _ requests: RequestStream<GrpcReflectionV1alpha.ServerReflectionRequest>,
    _ responses: ResponseWriter<GrpcReflectionV1alpha.ServerReflectionResponse>,
    _ context: CallContext
  ) async throws {
    for try await request in requests {
      let answer = index.answer(try .init(decoding: request.encoded()))
      try await responses.send(.init(decoding: answer.encoded()))
    }
  }
}
