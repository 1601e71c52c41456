internal import NIOCore
internal import NIOSSL

/// What is known of one open socket. On its loop only.
final class ConnectionEntry {
  let id: Int
  let opened = ContinuousClock.now
  let local: String
  let remote: String
  let isSecure: Bool
  var speaks = ConnectionReport.Language.unknown
  /// Why it ends, once that is known; until then it can only be the peer who ends it.
  private(set) var end = ConnectionEnd.peer
  private(set) var complaint: String?
  var counts = ConnectionCounts()

  init(id: Int, _ channel: any Channel, isSecure: Bool) {
    self.id = id
    self.isSecure = isSecure
    local = channel.localAddress.text
    remote = channel.remoteAddress.text
  }

  /// The first reason is the reason.
  func ends(_ end: ConnectionEnd, _ complaint: String? = nil) {
    guard self.end == .peer else { return }
    self.end = end
    self.complaint = complaint
  }

  func failed(_ error: any Error) {
    let isTLS = error is NIOSSLError || error is BoringSSLError
    ends(isTLS ? .tlsError : .socketError, "\(error)")
  }

  var report: ConnectionReport {
    ConnectionReport(
      id: id, local: local, remote: remote, isSecure: isSecure, speaks: speaks,
      age: opened.duration(to: .now), counts: counts)
  }
}

/// What a connection has carried.
package struct ConnectionCounts: Sendable, Hashable {
  package var streamsStarted = 0
  package var streamsSucceeded = 0
  package var streamsFailed = 0
  package var messagesReceived = 0
  package var messagesSent = 0
  package var keepalivesSent = 0
  package var handlersRunning = 0
  package var queuedBytes = 0
  package var lastStream: ContinuousClock.Instant?
}

/// One open socket as operators see it.
package struct ConnectionReport: Sendable, Hashable {
  package enum Language: String, Sendable, Hashable { case unknown, http1, http2 }

  /// Grows from socket to socket of a server.
  package let id: Int
  package let local: String
  package let remote: String
  package let isSecure: Bool
  package let speaks: Language
  package let age: Duration
  package let counts: ConnectionCounts
}

extension SocketAddress? {
  /// `127.0.0.1:50051`, `[::1]:50051` or `unix:`.
  var text: String {
    guard let address = self, let host = address.ipAddress else { return "unix:" }
    let port = address.port ?? 0
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
