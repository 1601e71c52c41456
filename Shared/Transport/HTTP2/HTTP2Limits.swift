/// What one connection may cost, and what the peer is told about it in SETTINGS.
package struct HTTP2Limits: Sendable, Hashable {
  /// Streams the peer may have open at once; more are answered REFUSED_STREAM.
  package var maxConcurrentStreams = 100
  /// Names, values and 32 bytes for each field, as RFC 9113 section 6.5.2 counts them.
  package var maxHeaderListBytes = 16 * 1024
  package var maxHeaderFields = 100
  /// CONTINUATION frames of one header block; more end the connection.
  package var maxContinuations = 8
  /// Bytes of DATA the peer may send on one stream before the reader takes some.
  package var initialStreamWindow = 256 * 1024
  /// The same for all streams of the connection together.
  package var connectionWindow = 1024 * 1024
  /// Bytes queued on one stream above which its writer should wait.
  package var outboundHighWater = 64 * 1024
  /// Bytes queued on one stream at which a waiting writer may go on.
  package var outboundLowWater = 16 * 1024
  /// Bytes queued beyond `outboundHighWater` of their streams, on all streams of a connection, at
  /// which no further call is begun: large answers that the peer does not take.
  package var connectionHighWater = 2 * 1024 * 1024
  /// Bytes of messages that are not whole yet, on all streams of a connection, above which one
  /// stream at a time is let go on.
  package var maxPartialBytes = 1024 * 1024
  /// Largest header list the peer is sent, as `maxHeaderListBytes` counts.
  package var maxOutgoingHeaderListBytes = 8 * 1024
  /// How much is honest of what costs work and brings no call forward.
  package var allowances = FloodGuard.Allowances()

  package init() {}
}
