import Messages
import Protobuf
import RPC

/// Asks one upstream what it has, by either of the two versions of reflection.
struct UpstreamReflection: Sendable {
  typealias Request = GrpcReflectionV1.ServerReflectionRequest
  typealias Response = GrpcReflectionV1.ServerReflectionResponse

  let upstream: Upstream

  /// How long it may take to answer.
  private static let patience = Duration.seconds(2)

  /// Nil when it is away or has no reflection.
  func answer(_ request: Request) async -> Response.MessageResponse? {
    guard let invoker = try? upstream.connection() else { return nil }
    do {
      return try await ask(request, invoker)
    } catch let error as RPCError where error.code == .unimplemented {
      return try? await askAlpha(request, invoker)
    } catch {
      return nil
    }
  }

  private func ask(_ request: Request, _ invoker: any CallInvoker) async throws
    -> Response.MessageResponse?
  {
    let client = GrpcReflectionV1.ServerReflectionClient(invoker)
    let call = try await client.serverReflectionInfo(CallOptions(timeout: Self.patience))
    try await call.send(request)
    try await call.finishSending()
    return try await call.responses.next()?.messageResponse
  }

  /// The older version has the same messages under another name.
  private func askAlpha(_ request: Request, _ invoker: any CallInvoker) async throws
    -> Response.MessageResponse?
  {
    let client = GrpcReflectionV1alpha.ServerReflectionClient(invoker)
    let call = try await client.serverReflectionInfo(CallOptions(timeout: Self.patience))
    try await call.send(.init(decoding: request.encoded()))
    try await call.finishSending()
    return try await call.responses.next().flatMap {
      try Response(decoding: $0.encoded()).messageResponse
    }
  }
}
