package import Auth
package import RPC

/// Finds out whose call it is: nobody's without a token, the principal's with a good one. A call
/// with a bad one is refused, whatever it asks for: its caller believes to be somebody.
package struct Authentication: ServerInterceptor {
  private let verifier: @Sendable () -> TokenVerifier?

  private static let scheme = "bearer "

  /// `verifier` is asked at every call, so that its keys may change; nil accepts no token.
  package init(_ verifier: @escaping @Sendable () -> TokenVerifier?) { self.verifier = verifier }

  package func intercept(_ call: ServerCall, next: (ServerCall) async throws -> Void)
    async throws
  {
    guard let credentials = call.metadata["authorization"] else { return try await next(call) }
    var call = call
    let principal = try principal(of: credentials, call.metadata)
    call.context.principal = principal
    call.context.record?.belongs(to: principal.subject)
    try await next(call)
  }

  private func principal(of credentials: String, _ metadata: Metadata) throws(RPCError)
    -> Principal
  {
    guard credentials.prefix(Self.scheme.count).lowercased() == Self.scheme,
      metadata.all("authorization").count == 1
    else {
      throw RPCError(.unauthenticated, "the authorization header is not \"Bearer\" and one token")
        .reason("TOKEN_MALFORMED")
    }
    guard let verifier = verifier() else {
      throw RPCError(
        .unauthenticated, "this service accepts no tokens: it was started without keys"
      ).reason(TokenRefusal.keyUnknown.reason)
    }
    do throws(TokenRefusal) {
      return try verifier.verify(String(credentials.dropFirst(Self.scheme.count)))
    } catch {
      throw RPCError(.unauthenticated, error.sentence).reason(error.reason)
    }
  }
}
