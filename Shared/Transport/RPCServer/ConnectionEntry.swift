internal import NIOCore
internal import NIOSSL
package import RPC

/// What is known of one open socket. On its loop only, so that counting takes no atomics.
final class ConnectionEntry {
  let number = EntityNumber.next()
  let opened = ContinuousClock.now
  let local: String
  let remote: String
  let isSecure: Bool
  var speaks = ConnectionReport.Language.unknown
  /// Why it ends, once that is known; until then it can only be the peer who ends it.
  private(set) var end = ConnectionEnd.peer
  private(set) var complaint: String?
  var counts = SocketCounts(streams: CallCounts())
  var handlersRunning = 0

  init(_ channel: any Channel, isSecure: Bool) {
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
      socket: SocketSnapshot(
        number: number, local: local, remote: remote, security: isSecure ? "TLS" : nil,
        counts: counts),
      speaks: speaks, age: opened.duration(to: .now), handlersRunning: handlersRunning)
  }
}

/// One open socket of a server as operators see it.
package struct ConnectionReport: Sendable, Hashable {
  package enum Language: String, Sendable, Hashable { case unknown, http1, http2 }

  package let socket: SocketSnapshot
  package let speaks: Language
  package let age: Duration
  /// Those too whose callers are gone.
  package let handlersRunning: Int
}

extension SocketAddress? {
  /// `127.0.0.1:50051`, `[::1]:50051` or `unix:`.
  var text: String {
    guard let address = self, let host = address.ipAddress else { return "unix:" }
    let port = address.port ?? 0
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
