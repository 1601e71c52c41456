/// Gives each call a name for the logs of both sides: the caller's `x-request-id`, which goes back
/// with the answer, or one made here.
package struct RequestID: ServerInterceptor {
  package static let header = "x-request-id"
  /// A longer one is replaced: it would fill logs, not name calls.
  package static let maxBytes = 128

  package init() {}

  package func intercept(_ call: ServerCall, next: (ServerCall) async throws -> Void)
    async throws
  {
    var call = call
    if let given = call.metadata[Self.header], 1...Self.maxBytes ~= given.utf8.count {
      call.context[RequestID.self] = given
      call.context.setInitialMetadata([Self.header: given])
    } else {
      call.context[RequestID.self] = Self.make()
    }
    try await next(call)
  }

  private static func make() -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension CallContext {
  /// The name of the call, inside `RequestID`.
  package var requestID: String? { self[RequestID.self] }
}
