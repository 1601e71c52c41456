internal import RPC

extension OutgoingCall {
  /// What of the channel's configuration and the method's settings counts for it.
  struct Settings: Sendable {
    var deadline: ContinuousClock.Instant?
    var waitsForReady = false
    var retry: RetryPolicy?
    var hedging: HedgingPolicy?
    var maxSendBytes: Int
    var maxReceiveBytes: Int
    var maxRetryBytes: Int
    var maxWaitingBytes: Int

    init(_ configuration: ChannelConfiguration) {
      maxSendBytes = configuration.maxSendMessageBytes
      maxReceiveBytes = configuration.maxReceiveMessageBytes
      maxRetryBytes = configuration.maxRetryBufferBytes
      maxWaitingBytes = configuration.maxWaitingBytes
    }
  }
}
