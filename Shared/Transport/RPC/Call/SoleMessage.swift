internal import Protobuf

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
