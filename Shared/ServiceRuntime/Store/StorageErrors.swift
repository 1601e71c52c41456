internal import Protobuf
package import RPC
package import Storage
internal import WellKnown

/// What a caller hears of a store that does not do what it was asked. Violations of the schema are
/// not for callers: a domain that means them catches them; one that comes this far is our mistake.
extension StorageError: RPCErrorConvertible {
  package var rpcError: RPCError {
    switch self {
    case .outcomeUnknown:
      RPCError(
        .unavailable,
        "whether the change was kept is not known: repeat it with the same request_id"
      ).reason("STORAGE_OUTCOME_UNKNOWN").retry(after: .seconds(1))
    case .unavailable, .ioFailed, .closed:
      RPCError(.unavailable, "the store is recovering: try again soon")
        .reason("STORAGE_RECOVERING").retry(after: .seconds(1))
    case .overloaded:
      RPCError(.resourceExhausted, "the store has too much to do: try again soon")
        .reason("STORAGE_OVERLOADED").retry(after: .milliseconds(200))
    case .diskFull:
      RPCError(.resourceExhausted, "the store is full: it reads but does not write")
        .reason("STORAGE_FULL")
    case .timeLimitExceeded:
      RPCError(.resourceExhausted, "this takes the store longer than it may: ask for less")
        .reason("STORAGE_TIME_LIMIT")
    case .tooManyRows:
      RPCError(.resourceExhausted, "this takes more rows than the store gives: ask for less")
        .reason("STORAGE_ROW_LIMIT")
    case .valueTooLarge:
      RPCError(.invalidArgument, "a value is larger than the store takes")
        .reason("STORAGE_VALUE_TOO_LARGE")
    case .damaged:
      RPCError(.dataLoss, "the store is damaged").reason("STORAGE_DAMAGED")
    case .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation, .failed,
      .inUse, .foreignStore, .newerStore, .migrationChanged, .migrationsPending, .migrationFailed,
      .migrationsMisnumbered:
      RPCError(.internal, "internal error").reason("STORAGE_MISUSED")
    }
  }
}

extension RPCError {
  fileprivate func retry(after delay: Duration) -> RPCError {
    var error = self
    let (seconds, attoseconds) = delay.components
    let info = GoogleRPC.RetryInfo(
      retryDelay: .init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000)))
    error.details.append(GoogleProtobuf.`Any`(packing: info))
    return error
  }
}
