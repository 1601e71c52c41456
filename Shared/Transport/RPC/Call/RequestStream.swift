package import Protobuf

/// The messages of the caller, decoded as they are asked for. To be read by one task.
package struct RequestStream<Request: Message>: AsyncSequence, Sendable {
  private let stream: any ServerStream
  private let limits: DecodingLimits

  package init(_ call: ServerCall) {
    stream = call.stream
    limits = call.decodingLimits
  }

  /// The next message; nil after the caller's last.
  package func next() async throws -> Request? {
    guard let bytes = try await stream.nextMessage() else { return nil }
    return try RPCError.decoding(Request.self, from: bytes, limits)
  }

  package struct AsyncIterator: AsyncIteratorProtocol {
    let stream: RequestStream

    package mutating func next() async throws -> Request? { try await stream.next() }
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self) }
}

extension ServerCall {
  /// The one message of a unary or server-streaming call. Most often it is there already, and then
  /// nothing is waited for.
  func soleMessage<Request: Message>() async throws -> Request {
    if let bytes = try stream.takeSole() {
      return try RPCError.decoding(Request.self, from: bytes, decodingLimits)
    }
    guard let bytes = try await stream.nextMessage() else {
      throw RPCError(.unimplemented, "the method takes one message and the call had none")
    }
    guard try await stream.nextMessage() == nil else {
      throw RPCError.secondRequestMessage
    }
    return try RPCError.decoding(Request.self, from: bytes, decodingLimits)
  }

  /// Sends the one message of a unary or client-streaming answer. Nothing comes after it but the
  /// status, so there is no room to wait for.
  func answer(with message: some Message) async throws {
    let frame = MessageFrame(encoding: message)
    if try !stream.sendNow(frame) { try await stream.send(frame) }
  }
}

extension RPCError {
  package static let secondRequestMessage = RPCError(
    .unimplemented, "the method takes one message and the call had more")

  /// Decodes a message that a peer sent; what is no such message is INTERNAL, as elsewhere in gRPC.
  package static func decoding<M: Message>(
    _ type: M.Type, from bytes: [UInt8], _ limits: DecodingLimits
  ) throws(RPCError) -> M {
    do throws(DecodingError) {
      return try M(decoding: bytes, limits: limits)
    } catch {
      throw .malformedMessage("not a \(M.messageName): \(error)")
    }
  }
}
