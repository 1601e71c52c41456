package import Protobuf

/// One call being served: what was asked, on whose behalf, and the messages both ways.
package struct ServerCall: Sendable {
  package var context: CallContext
  package var stream: any ServerStream
  /// What decoding a message of the caller may cost.
  package let decodingLimits: DecodingLimits

  package init(
    context: CallContext, stream: any ServerStream, decodingLimits: DecodingLimits = .standard
  ) {
    self.context = context
    self.stream = stream
    self.decodingLimits = decodingLimits
  }

  package var method: MethodName { context.method }
  package var metadata: Metadata { context.metadata }
}

/// What a reader of a call finds without waiting.
package enum Arrival: Sendable {
  /// A message as it came; the last if it is known that none can follow.
  case message(InboundMessage, isLast: Bool)
  case end
  case nothingYet
}

/// The messages of one call, as the transport moves them: whole, inflated, not decoded.
package protocol ServerStream: Sendable {
  /// The next message of the caller, without its prefix; nil after the last.
  func nextMessage() async throws -> [UInt8]?
  /// The same as it came, not inflated: for one who passes it on.
  func nextInbound() async throws -> InboundMessage?
  /// What is there already; nothing, also, where that cannot be seen without waiting.
  func takeInbound() throws -> Arrival
  /// The only message of a request that is all here, inflated; nil where there is something to wait
  /// for or to refuse.
  func takeSole() throws -> [UInt8]?
  /// Whether the message taken last came with its compressed flag set.
  var lastMessageWasCompressed: Bool { get async }
  /// Returns when there is room for another: a slow reader holds its sender back here.
  func send(_ message: MessageFrame) async throws
  /// Queues a message on the spot, whether there is room or not; false where that takes waiting.
  func sendNow(_ message: MessageFrame) throws -> Bool
  /// Goes out with the first message or the status; later calls have no effect.
  func setInitialMetadata(_ metadata: Metadata)
  /// Sends the initial metadata now, ahead of any message.
  func sendInitialMetadata() async throws
  func setTrailingMetadata(_ metadata: Metadata)
  /// Whether later messages are compressed, if the caller takes that.
  func setCompression(_ isOn: Bool)
  /// The server wants to stop: a long-lived stream should end soon.
  var isDraining: Bool { get }
  /// Returns when the server begins to want that; throws when the waiting task is cancelled.
  func draining() async throws
}

extension ServerStream {
  package func nextInbound() async throws -> InboundMessage? {
    try await nextMessage().map { InboundMessage(isCompressed: false, bytes: $0) }
  }

  package func takeInbound() throws -> Arrival { .nothingYet }
  package func takeSole() throws -> [UInt8]? { nil }
  package func sendNow(_ message: MessageFrame) throws -> Bool { false }
}
