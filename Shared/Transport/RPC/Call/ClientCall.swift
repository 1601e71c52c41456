package import Protobuf

/// A call with a stream of messages in at least one direction.
package struct ClientCall<Request: Message, Response: Message>: Sendable {
  package let stream: any ClientStream
  private let limits: DecodingLimits
  private let compress: Bool
}
