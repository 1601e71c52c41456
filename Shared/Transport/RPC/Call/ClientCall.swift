package import Protobuf

/// A call in progress and its typed messages. Let go before its end, it is cancelled.
package struct ClientCall<Request: Message, Response: Message>: Sendable {
  package let stream: any ClientStream
  private let compress: Bool

  package init(_ stream: any ClientStream, compress: Bool = false) {
    self.stream = stream
    self.compress = compress
  }

  /// Returns when there is room for another. `compress` overrides the call's option for a message.
  package func send(_ message: Request, compress: Bool? = nil) async throws {
    try await stream.send(MessageFrame(encoding: message), compress: compress ?? self.compress)
  }

  /// No more messages will be sent.
  package func finishSending() async throws { try await stream.finishSending() }

  /// The server's messages, to be read by one task. Ends when the status was OK, else throws it.
  package var responses: ResponseStream<Response> { ResponseStream(stream) }

  /// The one message of a method that answers with one.
  package func response() async throws -> Response {
    let bytes = try await stream.soleMessage()
    return try RPCError.decoding(Response.self, from: bytes, stream.decodingLimits)
  }

  /// Waits for the response headers.
  package func initialMetadata() async throws -> Metadata { try await stream.initialMetadata() }

  /// Whether the response taken last came compressed.
  package var lastMessageWasCompressed: Bool { stream.lastMessageWasCompressed }

  /// What came with the status; empty until the call has ended.
  package var trailingMetadata: Metadata { stream.trailingMetadata }

  package func cancel() { stream.cancel() }
}

/// The messages of a server, decoded as they are asked for.
package struct ResponseStream<Response: Message>: AsyncSequence, Sendable {
  private let stream: any ClientStream

  package init(_ stream: any ClientStream) { self.stream = stream }

  /// The next message; nil after the last, when the status was OK.
  package func next() async throws -> Response? {
    guard let bytes = try await stream.nextMessage() else { return nil }
    return try RPCError.decoding(Response.self, from: bytes, stream.decodingLimits)
  }

  package struct AsyncIterator: AsyncIteratorProtocol {
    let stream: ResponseStream

    package mutating func next() async throws -> Response? { try await stream.next() }
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self) }
}

/// The answer of a unary call with all that came around it.
package struct UnaryResponse<Response: Message>: Sendable {
  package let message: Response
  package let initialMetadata: Metadata
  package let trailingMetadata: Metadata
}

extension CallInvoker {
  /// Calls a unary method.
  package func unary<Request, Response>(
    _ method: MethodDescriptor<Request, Response>, _ request: Request,
    _ options: CallOptions = CallOptions()
  ) async throws -> Response {
    try await serverStreaming(method, request, options).response()
  }

  /// Calls a unary method and keeps the metadata of the answer.
  package func unaryResponse<Request, Response>(
    _ method: MethodDescriptor<Request, Response>, _ request: Request,
    _ options: CallOptions = CallOptions()
  ) async throws -> UnaryResponse<Response> {
    let call = try await serverStreaming(method, request, options)
    let message = try await call.response()
    return UnaryResponse(
      message: message, initialMetadata: try await call.initialMetadata(),
      trailingMetadata: call.trailingMetadata)
  }

  /// Calls a method that takes one message; the answers are read from the call.
  package func serverStreaming<Request, Response>(
    _ method: MethodDescriptor<Request, Response>, _ request: Request,
    _ options: CallOptions = CallOptions()
  ) async throws -> ClientCall<Request, Response> {
    let stream = try await open(
      ClientRequest(
        method.name, method.kind, options, soleMessage: MessageFrame(encoding: request)))
    return ClientCall(stream, compress: options.compress)
  }

  /// Opens a call of a method to which messages will be sent.
  package func open<Request, Response>(
    _ method: MethodDescriptor<Request, Response>, _ options: CallOptions = CallOptions()
  ) async throws -> ClientCall<Request, Response> {
    let stream = try await open(ClientRequest(method.name, method.kind, options))
    return ClientCall(stream, compress: options.compress)
  }
}
