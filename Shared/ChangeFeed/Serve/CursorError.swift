package import RPC

/// Why a cursor is not followed.
///
/// With every one but `invalid` the consumer begins anew with a snapshot: what it has been told is
/// then made good.
package enum CursorError: Error, Hashable, RPCErrorConvertible {
  /// No text of ours, or not all of it.
  case invalid
  /// What comes next is no longer kept.
  case expired(oldest: Int64, retention: Retention)
  /// Of a feed that this one is not, or no longer is.
  case foreign(Cause)

  package enum Cause: String, Sendable, CaseIterable {
    /// The feed began anew.
    case epoch = "EPOCH"
    /// Of another choice of resource types, or of another caller's rights.
    case view = "VIEW"
    /// The log lost changes that the consumer was told of: a backup was restored.
    case history = "HISTORY"
  }

  package static let invalidReason = "CURSOR_INVALID"
  package static let expiredReason = "CURSOR_EXPIRED"
  package static let foreignReason = "CURSOR_FOREIGN"

  package var rpcError: RPCError {
    switch self {
    case .invalid:
      return .badRequest(
        "cursor", "not one that this feed gave", reason: Self.invalidReason)
    case .expired(let oldest, let retention):
      return RPCError(
        .outOfRange, "the cursor is older than what the feed keeps; begin with a snapshot"
      ).reason(
        Self.expiredReason,
        [
          "oldest_sequence": "\(oldest)",
          "retention_seconds": "\(retention.age.components.seconds)",
          "retention_count": "\(retention.count)",
        ])
    case .foreign(let cause):
      return RPCError(.failedPrecondition, "\(cause.sentence); begin with a snapshot")
        .reason(Self.foreignReason, ["cause": cause.rawValue])
    }
  }
}

extension CursorError.Cause {
  fileprivate var sentence: String {
    switch self {
    case .epoch: "the cursor is of another feed"
    case .view: "the cursor is of another view of this feed"
    case .history: "the feed lost changes that the cursor has seen"
    }
  }
}
