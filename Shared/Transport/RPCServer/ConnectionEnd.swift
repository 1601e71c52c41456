package import HTTP2

/// Why a connection ended, as metrics and logs name it.
package enum ConnectionEnd: Sendable, Hashable {
  /// The peer closed it, or was lost.
  case peer
  /// It was refused: as many as may be are open.
  case tooMany
  /// The server stops.
  case drained
  case maxIdle, maxAge
  /// A ping was not answered.
  case keepalive
  /// Not said what it speaks in time: TLS, preface and SETTINGS.
  case greetingTimeout
  /// A header block was begun and not ended in time.
  case headerTimeout
  /// Output waited, and none of it was taken for too long.
  case outputTimeout
  /// Output waited, none of it was taken, and others needed its room.
  case outputBudget
  /// Answers to frames of no use piled up unread.
  case unread
  case flood(FloodGuard.Act)
  /// Any other rule broken.
  case protocolError
  /// An HTTP/1.1 caller was answered or had nothing more to ask.
  case page
  case tlsError, socketError

  package static let all: [ConnectionEnd] =
    [
      .peer, .tooMany, .drained, .maxIdle, .maxAge, .keepalive, .greetingTimeout, .headerTimeout,
      .outputTimeout, .outputBudget, .unread, .protocolError, .page, .tlsError, .socketError,
    ] + FloodGuard.Act.allCases.map { .flood($0) }

  /// The value of a metric's label: there are as many as in `all`.
  package var name: String {
    switch self {
    case .peer: "peer"
    case .tooMany: "too_many"
    case .drained: "drained"
    case .maxIdle: "max_idle"
    case .maxAge: "max_age"
    case .keepalive: "keepalive"
    case .greetingTimeout: "greeting_timeout"
    case .headerTimeout: "header_timeout"
    case .outputTimeout: "output_timeout"
    case .outputBudget: "output_budget"
    case .unread: "unread"
    case .flood(let act): "flood_\(act.name)"
    case .protocolError: "protocol_error"
    case .page: "page"
    case .tlsError: "tls_error"
    case .socketError: "socket_error"
    }
  }

  /// Whether the peer did what no honest one does.
  package var isHostile: Bool {
    switch self {
    case .tooMany, .greetingTimeout, .headerTimeout, .outputTimeout, .outputBudget, .unread,
      .flood, .protocolError:
      true
    case .peer, .drained, .maxIdle, .maxAge, .keepalive, .page, .tlsError, .socketError: false
    }
  }
}

/// Watches the connections of a server, from whatever thread: it must be quick.
package protocol ConnectionObserver: Sendable {
  /// `complaint` says more, where there is more to say.
  func ended(_ end: ConnectionEnd, peer: String, complaint: String?)
  /// The system gives no more sockets; accepting pauses for a moment.
  func cannotAccept(_ why: String)
}
