package import Protobuf

/// Something calls can be made on: a channel to servers, or an in-process server.
package protocol CallInvoker: Sendable {
  /// Opens a call; the answer arrives through the stream. Throws `RPCError` only.
  func open(_ request: ClientRequest) async throws -> any ClientStream
}

/// One call about to be made, as interceptors see and change it.
package struct ClientRequest: Sendable {
  package let method: MethodName
  package let kind: CallKind
  package var options: CallOptions
  /// The one message of a unary or server-streaming call, which then goes out with the headers;
  /// nil where the caller will send messages.
  package var soleMessage: MessageFrame?

  package init(
    _ method: MethodName, _ kind: CallKind, _ options: CallOptions = CallOptions(),
    soleMessage: MessageFrame? = nil
  ) {
    self.method = method
    self.kind = kind
    self.options = options
    self.soleMessage = soleMessage
  }
}

/// What the caller wants of one call, beyond its message.
package struct CallOptions: Sendable {
  /// How long the call may take; nil leaves it to the service config and the channel's default.
  package var timeout: Duration?
  package var metadata: Metadata
  /// Waits for a connection instead of failing at once when there is none.
  package var waitForReady: Bool?
  /// Sends messages as gzip.
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
/// One task sends and one receives. What they throw is the call's `RPCError`, and the call is over
/// then. A stream let go before its end cancels the call.
package protocol ClientStream: AnyObject, Sendable {
  /// Returns when there is room for another. With `compress` the message goes out as gzip, if the
  /// call's options announced that.
  func send(_ message: MessageFrame, compress: Bool) async throws
  /// No more messages will be sent.
  func finishSending() async throws
  /// The next message of the server; nil after the last, when the status was OK.
  func nextMessage() async throws -> [UInt8]?
  /// The same as it came, not inflated: for one who passes it on.
  func nextInbound() async throws -> InboundMessage?
  /// Whether the message taken last came with its compressed flag set.
  var lastMessageWasCompressed: Bool { get }
  /// The one message of a unary or client-streaming call, when the status was OK.
  func soleMessage() async throws -> [UInt8]
  /// Waits for the response headers.
  func initialMetadata() async throws -> Metadata
  /// Empty until the call has ended.
  var trailingMetadata: Metadata { get }
  /// What a message of the server may cost to decode.
  var decodingLimits: DecodingLimits { get }
  func cancel()
}

extension ClientStream {
  package var decodingLimits: DecodingLimits { .standard }

  package func nextInbound() async throws -> InboundMessage? {
    try await nextMessage().map { InboundMessage(isCompressed: false, bytes: $0) }
  }

  package func soleMessage() async throws -> [UInt8] {
    guard let message = try await nextMessage() else { throw RPCError.noResponseMessage }
    guard try await nextMessage() == nil else {
      cancel()
      throw RPCError.secondResponseMessage
    }
    return message
  }
}

extension RPCError {
  package static let noResponseMessage = RPCError(
    .unimplemented, "the method answers with one message and the server sent none"
  ).reason(cardinalityViolation)
  package static let secondResponseMessage = RPCError(
    .unimplemented, "the method answers with one message and the server sent more"
  ).reason(cardinalityViolation)

  private static let cardinalityViolation = "CARDINALITY_VIOLATION"
}

/// Runs around every call of a client, outermost first: may change the request, refuse it, or hand
/// back a stream of its own around the one it got.
package protocol ClientInterceptor: Sendable {
  func intercept(
    _ request: ClientRequest, next: (ClientRequest) async throws -> any ClientStream
  ) async throws -> any ClientStream
}

/// Folds the interceptors and the transport into one call, the first interceptor outermost.
package func open(
  _ request: ClientRequest, through interceptors: ArraySlice<any ClientInterceptor>,
  on transport: (ClientRequest) async throws -> any ClientStream
) async throws -> any ClientStream {
  guard let first = interceptors.first else { return try await transport(request) }
  return try await first.intercept(request) { request in
    try await open(request, through: interceptors.dropFirst(), on: transport)
  }
}
