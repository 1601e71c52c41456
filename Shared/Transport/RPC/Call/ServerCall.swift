/// One call being served: what was asked, on whose behalf, and the messages both ways.
package struct ServerCall: Sendable {
  package let method: MethodName
  package let metadata: Metadata
  package var context: CallContext
  package let stream: any ServerStream

  package init(
    method: MethodName, metadata: Metadata, context: CallContext, stream: any ServerStream
  ) {
    self.method = method
    self.metadata = metadata
    self.context = context
    self.stream = stream
  }
}

/// The messages of one call, as the transport moves them: whole, inflated, not decoded.
package protocol ServerStream: Sendable {
  /// The next message of the caller, without its prefix; nil after the last.
  func nextMessage() async throws -> [UInt8]?
  /// Returns when there is room for another: a slow reader holds its sender back here.
  func send(_ message: MessageFrame) async throws
  /// Goes out with the first message or the status; later calls have no effect.
  func setInitialMetadata(_ metadata: Metadata)
  func setTrailingMetadata(_ metadata: Metadata)
  /// The server wants to stop: a long-lived stream should end soon.
  var isDraining: Bool { get }
}
