package import Auth
package import RPC

// Who may do what: the one place in which access decisions grow.

extension RPCError {
  /// No token would help, so none is asked for.
  static let nobodyIsOperator = RPCError(
    .failedPrecondition,
    "this is for operators, and here is none: the program was started without --token-keys-file"
  ).reason("NO_TOKEN_KEYS")
}

extension CallContext {
  /// Whose call it is; nil for an anonymous caller, who sees public records only.
  package internal(set) var principal: Principal? {
    get { self[Principal.self] }
    set { self[Principal.self] = newValue }
  }

  /// The caller, if they hold `role` or one that includes it.
  @discardableResult package func caller(holding role: Role) throws(RPCError) -> Principal {
    guard let principal else {
      throw RPCError(.unauthenticated, "sign in first: this needs the role \(role.rawValue)")
        .reason("AUTHENTICATION_REQUIRED", ["role": role.rawValue])
    }
    guard principal.holds(role) else {
      throw RPCError(.permissionDenied, "this needs the role \(role.rawValue)")
        .reason("ROLE_REQUIRED", ["role": role.rawValue])
    }
    return principal
  }

  /// Whether the caller sees records that are not public.
  package var seesAllRecords: Bool { principal?.holds(.reader) ?? false }
}
