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
