package import Protobuf

/// Sends the messages of a streaming answer.
package struct ResponseWriter<Response: Message>: Sendable {
  private let stream: any ServerStream

  package init(_ call: ServerCall) { stream = call.stream }

  /// Returns when there is room for another: a slow reader holds its sender back here. Throws when
  /// the call is over.
  package func send(_ message: Response) async throws {
    try await stream.send(MessageFrame(encoding: message))
  }
}
