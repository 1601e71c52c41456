package import HTTP2
package import Protobuf
package import RPC
package import Sockets

/// Everything about a server that an operator may set, with its defaults.
package struct ServerConfiguration: Sendable {
  package var http2 = HTTP2Limits()
  package var decoding = DecodingLimits.standard
  package var lifetime = ConnectionLifetime.Settings()
  /// Largest message taken, in bytes, inflated or not.
  package var maxReceiveMessageBytes = 4 * 1024 * 1024
  /// Largest message sent, in bytes before compression.
  package var maxSendMessageBytes = 4 * 1024 * 1024
  /// The deadline of a unary call that names none; of another it is `maxDeadline`.
  package var defaultDeadline = Duration.seconds(60)
  /// A later deadline than this is brought forward to it.
  package var maxDeadline = Duration.seconds(60 * 60)
  /// How long a new connection may take to say what it speaks, TLS and the first SETTINGS included.
  package var greetingTimeout = Duration.seconds(10)
  /// How long a header block may take from its first frame to its last.
  package var headerTimeout = Duration.seconds(10)
  /// How long output may wait without a byte of it being taken: by the socket, or on one stream.
  package var outputTimeout = Duration.seconds(60)
  /// How long an HTTP/1.1 caller may take for a whole request, and for taking an answer and asking
  /// again.
  package var pageTimeout = Duration.seconds(10)
  /// Open connections; more are closed at once.
  package var maxConnections = 10_000
  /// What may wait on all connections, beyond `outboundHighWater` of each, for peers who do not
  /// take it.
  package var maxUnreadBytes = 24 * 1024 * 1024
  package var tls: ServerTLS?
  package var interceptors: [any ServerInterceptor] = []
  /// Sees every call, those too that are refused before an interceptor could.
  package var observer: (any ServerObserver)?
  /// Sees how connections end.
  package var connectionObserver: (any ConnectionObserver)?
  /// The pages of HTTP/1.1 by path.
  package var pages: [String: Page] = [:]
  /// Told of errors that callers only hear of as "internal error".
  package var onUnforeseenError: @Sendable (any Error, MethodName) -> Void = { _, _ in }

  /// What callers may send ahead on each of their streams, a server keeps for all of them together:
  /// less than a client, who chose its server.
  private static let streamWindow = 64 * 1024

  package init() { http2.initialStreamWindow = Self.streamWindow }
}
