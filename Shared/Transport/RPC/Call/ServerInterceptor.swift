/// Runs around every call of a server, unary and streaming alike, outermost first.
///
/// It may refuse (throw), add to the context, wrap the stream, and see how the call ended.
package protocol ServerInterceptor: Sendable {
  func intercept(_ call: ServerCall, next: (ServerCall) async throws -> Void) async throws
}

/// Folds the interceptors and the handler into one call, the first interceptor outermost.
package func run(
  _ call: ServerCall, through interceptors: ArraySlice<any ServerInterceptor>,
  to handler: (ServerCall) async throws -> Void
) async throws {
  guard let first = interceptors.first else { return try await handler(call) }
  let rest = interceptors.dropFirst()
  guard !rest.isEmpty else { return try await first.intercept(call, next: handler) }
  try await first.intercept(call) { call in try await run(call, through: rest, to: handler) }
}
