package import HTTP2
package import RPC

/// How a channel behaves. Every limit has a name here or in the values it is made of.
package struct ChannelConfiguration: Sendable {
  /// Nil speaks plaintext.
  package var tls: ClientTLS?
  /// What calls say as `:authority`; nil takes it from the target.
  package var authority: String?
  package var serviceConfig = ServiceConfig()
  package var backoff = Backoff()
  package var keepalive = ClientKeepalive()
  package var http2 = HTTP2Limits()
  package var interceptors: [any ClientInterceptor] = []
  package var userAgent = "grpc-swift-cabildo/1.0"

  /// Bytes of one message, uncompressed; the service config may say otherwise per method.
  package var maxSendMessageBytes = Int(Int32.max)
  package var maxReceiveMessageBytes = 4 << 20
  /// For calls that name no timeout, nor the service config for them.
  package var defaultTimeout: Duration?
  /// What a call made while serving another leaves of that one's deadline.
  package var deadlineMargin = CallDeadline.inheritanceMargin

  /// How long a server may take nothing of what waits for it before its connection closes.
  package var stallTimeout = Duration.seconds(60)

  /// How often a name is resolved anew while nothing fails.
  package var resolutionPeriod = Duration.seconds(30)
  /// Failures do not make it happen more often than this.
  package var resolutionSpacing = Duration.seconds(2)
  /// Addresses of one name that are used.
  package var maxEndpoints = 256

  /// Bytes of messages that a call keeps to send again; with more it can no longer be retried.
  package var maxRetryBufferBytes = 256 * 1024
  /// Bytes of messages that wait in a call, each way, before its writer or the server has to wait.
  package var maxWaitingBytes = 64 * 1024
  /// Calls that wait for a connection, or for a place on one.
  package var maxWaitingCalls = 10_000

  /// What a server has under way when a call is cancelled comes for a stream that is gone.
  private static let underWay = 100

  package init() { http2.allowances[.unknownFrame].perStream = Self.underWay }
}
