import RPC

/// What a real service's own interceptor does at every call: it learns the caller's trace and keeps
/// what the metadata say for those inside.
struct CallNames: ServerInterceptor {
  struct Names: Sendable {
    let trace: TraceParent?
    let agent: String?
  }

  func intercept(_ call: ServerCall, next: (ServerCall) async throws -> Void) async throws {
    var call = call
    call.context[Names.self] = Names(
      trace: call.context.trace, agent: call.metadata["x-caller"])
    try await next(call)
  }
}
