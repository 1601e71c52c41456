
/// Something calls can be made on: a channel to servers, or an in-process server.
package protocol CallInvoker: Sendable {
  /// Opens a call; the answer arrives through the stream. Throws `RPCError` only.
  func open(_ method: MethodName, _ kind: CallKind, _ options: CallOptions) async throws
    -> any ClientStream
}

/// What the caller wants of one call, beyond its message.
package struct CallOptions: Sendable {
  /// How long the call may take; nil leaves it to the channel's default.
  package var timeout: Duration?
  package var metadata: Metadata
  /// Waits for a connection instead of failing at once when there is none.
  package var waitForReady: Bool?
  /// Asks for gzip on what is sent.
  package var compress: Bool

  package init(
    timeout: Duration? = nil, metadata: Metadata = [:], waitForReady: Bool? = nil,
    compress: Bool = false
  ) {
    self.timeout = timeout
    self.metadata = metadata
    self.waitForReady = waitForReady
    self.compress = compress
  }
}

/// The messages of one call made, as the transport moves them: whole, inflated, not decoded.
///
/// After a throw the call is over. A stream let go before its end cancels the call.
package protocol ClientStream: AnyObject, Sendable {
  /// Returns when there is room for another.
  func send(_ message: MessageFrame, compress: Bool) async throws
  /// No more messages will be sent.
  func finishSending() async throws
  /// The next message of the server; nil after the last, when the status was OK.
  func nextMessage() async throws -> [UInt8]?
  /// Waits for the response headers.
  func initialMetadata() async throws -> Metadata
  /// Empty until the call has ended.
  var trailingMetadata: Metadata { get }
  func cancel()
}
