package import HTTP2

/// Why the transport could not carry a call. One case for each `reason` that a program can switch
/// on.
package enum TransportFailure: Error, Hashable, Sendable {
  case nameNotResolved(String)
  case connectionRefused
  /// No route, no such socket file, out of descriptors: what the system said.
  case connectionFailed(String)
  case connectTimeout
  case tlsNameMismatch(String)
  case tlsCertificateUntrusted(String)
  case tlsHandshakeFailed(String)
  /// The server completed TLS without agreeing on h2.
  case alpnRefused
  /// It answers, but not in HTTP/2: how its answer began.
  case notHTTP2(String)
  /// The server sends the connection away.
  case draining
  case connectionReset
  /// The server closed the connection in an orderly way, with calls open.
  case connectionClosed
  case keepaliveTimeout
  /// The server took nothing of what waited for it, for too long.
  case outputStalled
  /// The server's own health service says that it does not serve, or says nothing.
  case notServing(String)
  /// The server gave the connection up and said why.
  case goAway(HTTP2ErrorCode, debug: String)
  /// Refused unseen, more often than is tried again.
  case streamRefused
  case streamReset(HTTP2ErrorCode)
  /// The server broke a rule of HTTP/2.
  case protocolViolation(String)
  /// The server broke a rule of gRPC.
  case malformedResponse(String)
  /// This channel was shut down by its owner.
  case channelShutDown

  /// The `reason` of `google.rpc.ErrorInfo`; stable.
  package var reason: String {
    switch self {
    case .nameNotResolved: "NAME_NOT_RESOLVED"
    case .connectionRefused: "CONNECTION_REFUSED"
    case .connectionFailed: "CONNECTION_FAILED"
    case .connectTimeout: "CONNECT_TIMEOUT"
    case .tlsNameMismatch: "TLS_NAME_MISMATCH"
    case .tlsCertificateUntrusted: "TLS_CERTIFICATE_UNTRUSTED"
    case .tlsHandshakeFailed: "TLS_HANDSHAKE_FAILED"
    case .alpnRefused: "ALPN_REFUSED"
    case .notHTTP2: "NOT_HTTP2"
    case .draining: "DRAINING"
    case .connectionReset: "CONNECTION_RESET"
    case .connectionClosed: "CONNECTION_CLOSED"
    case .keepaliveTimeout: "KEEPALIVE_TIMEOUT"
    case .outputStalled: "OUTPUT_STALLED"
    case .notServing: "NOT_SERVING"
    case .goAway: "GOAWAY"
    case .streamRefused: "STREAM_REFUSED"
    case .streamReset: "STREAM_RESET"
    case .protocolViolation: "HTTP2_PROTOCOL_VIOLATION"
    case .malformedResponse: "MALFORMED_RESPONSE"
    case .channelShutDown: "CHANNEL_SHUT_DOWN"
    }
  }

  package var code: StatusCode {
    switch self {
    case .streamReset(let errorCode): StatusCode(errorCode)
    case .malformedResponse: .internal
    case .nameNotResolved, .connectionRefused, .connectionFailed, .connectTimeout,
      .tlsNameMismatch, .tlsCertificateUntrusted, .tlsHandshakeFailed, .alpnRefused, .notHTTP2,
      .draining, .connectionReset, .connectionClosed, .keepaliveTimeout, .outputStalled,
      .notServing, .goAway, .streamRefused, .protocolViolation, .channelShutDown:
      .unavailable
    }
  }

  /// For a person who reads a log.
  package var explanation: String {
    switch self {
    case .nameNotResolved(let why): "the name does not resolve: \(why)"
    case .connectionRefused: "nothing listens there (connection refused)"
    case .connectionFailed(let why): "no connection: \(why)"
    case .connectTimeout: "the connection was not ready in time"
    case .tlsNameMismatch(let why): "the server's certificate is for another name: \(why)"
    case .tlsCertificateUntrusted(let why): "the server's certificate is not trusted: \(why)"
    case .tlsHandshakeFailed(let why): "the TLS handshake failed: \(why)"
    case .alpnRefused: "the server does not offer HTTP/2 over TLS (ALPN h2)"
    case .notHTTP2(let answer): "the server does not speak HTTP/2: its answer begins \"\(answer)\""
    case .draining: "the server is draining and takes no new calls"
    case .connectionReset: "the connection was reset"
    case .connectionClosed: "the server closed the connection"
    case .keepaliveTimeout: "the server did not answer a keepalive ping in time"
    case .outputStalled: "the server took no bytes for too long"
    case .notServing(let why): "the server does not serve: \(why)"
    case .goAway(let code, let debug):
      "the server sent GOAWAY with \(code)" + (debug.isEmpty ? "" : ": \(debug.prefix(256))")
    case .streamRefused: "the server refused the call before looking at it"
    case .streamReset(let code): "the server reset the call with \(code)"
    case .protocolViolation(let what): "the server broke HTTP/2: \(what)"
    case .malformedResponse(let what): "the server's answer is not gRPC: \(what)"
    case .channelShutDown: "this channel was shut down"
    }
  }
}
