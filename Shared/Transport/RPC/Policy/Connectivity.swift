/// The state of a channel or of its connection to one endpoint (gRPC connectivity semantics).
package enum Connectivity: Sendable, Hashable, CaseIterable {
  /// Not connected, and not trying until a call wants it.
  case idle
  case connecting
  case ready
  /// The last attempt failed; the next waits for its backoff.
  case transientFailure
  case shutdown
}
