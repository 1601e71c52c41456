/// Why a session can go no further.
package enum HTTP2Error: Error, Hashable, Sendable, CustomStringConvertible {
  /// nghttp2 could not be set up.
  case fatal(String)
  /// The operation does not fit the state of the stream, or the stream is gone.
  case streamUnavailable(StreamID)
  /// No stream can be opened any more: GOAWAY was received, or stream numbers are used up.
  case noMoreStreams

  package var description: String {
    switch self {
    case .fatal(let reason): "HTTP/2 session failed: \(reason)"
    case .streamUnavailable(let stream): "stream \(stream) is closed"
    case .noMoreStreams: "no more streams can be opened on this connection"
    }
  }
}
