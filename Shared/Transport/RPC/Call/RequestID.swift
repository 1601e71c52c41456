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
    let given = Self.given(in: call.metadata)
    if let given { call.context.setInitialMetadata([Self.header: given]) }
    guard call.context.observer == nil else { return try await next(call) }
    var call = call
    call.context[RequestID.self] = given ?? Self.make()
    try await next(call)
  }

  /// What the caller calls the call, if that is fit for it.
  package static func given(in metadata: Metadata) -> String? {
    metadata[header].flatMap { 1...maxBytes ~= $0.utf8.count ? $0 : nil }
  }

  package static func make() -> String { UniqueID.make().hex }
}

extension CallContext {
  /// The name of the call, inside `RequestID` or where it is observed.
  package var requestID: String? { observer?.requestID ?? self[RequestID.self] }
}
