import RPC
import WellKnown

extension RPCError {
  /// What the caller hears of an error that a call to a service ended with: the service's own as it
  /// came, another as a failure to reach it, with the service's name and without its address.
  func passedOn(from upstream: Upstream) -> RPCError {
    if metadata.field("grpc-status") != nil {
      var error = self
      error.metadata = metadata.withoutRequestID
      error.isRelayed = true
      return error
    }
    switch code {
    case .deadlineExceeded:
      return RPCError(code, "\(upstream.name) did not answer before the deadline of the call")
        .reason("UPSTREAM_DEADLINE", ["service": upstream.name])
    case .unavailable: return unavailable(upstream)
    default:
      var error = RPCError(code, "\(upstream.name): \(explanation(upstream))")
      if let reason { error = error.reason(reason, ["service": upstream.name]) }
      return error
    }
  }

  /// How soon a caller may try again: about the time in which a connection is tried again.
  private static let retryDelay: Int64 = 1

  private func unavailable(_ upstream: Upstream) -> RPCError {
    var error = RPCError(
      .unavailable, "the service \(upstream.name) is unavailable: \(explanation(upstream))"
    ).reason("UPSTREAM_UNAVAILABLE", ["service": upstream.name, "cause": reason ?? "UNKNOWN"])
    let delay = GoogleProtobuf.Duration(seconds: Self.retryDelay)
    error.details.append(GoogleProtobuf.`Any`(packing: GoogleRPC.RetryInfo(retryDelay: delay)))
    return error
  }

  /// The transport's words, without the place that they are about.
  private func explanation(_ upstream: Upstream) -> String {
    var words = message
    if let info = errorInfo, let target = info.metadata["target"] {
      let address = info.metadata["address"].flatMap { $0 == target ? nil : " (\($0))" } ?? ""
      let place = "\(target)\(address): "
      if words.hasPrefix(place) { words.removeFirst(place.count) }
    }
    return upstream.target.map { words.replacing($0, with: upstream.name) } ?? words
  }
}
