internal import NIOCore

/// Stands before TLS and tells who speaks without it so, in HTTP/1.1, and ends the connection.
final class TLSGate: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private static let sentence = "This port speaks gRPC over TLS.\n"

  /// The type of the record that begins every TLS connection (RFC 8446, section 5.1).
  private static let handshake: UInt8 = 22

  private let entry: ConnectionEntry
  private var isShut = false

  init(_ entry: ConnectionEntry) { self.entry = entry }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isShut else { return }
    let bytes = unwrapInboundIn(data)
    guard bytes.readableBytesView.first == Self.handshake else { return turnAway(context) }
    context.fireChannelRead(data)
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }

  private func turnAway(_ context: ChannelHandlerContext) {
    isShut = true
    entry.ends(.tlsError, "it does not begin with a TLS handshake")
    let answer = """
      HTTP/1.1 400 Bad Request\r
      content-type: text/plain; charset=utf-8\r
      content-length: \(Self.sentence.utf8.count)\r
      connection: close\r
      \r
      \(Self.sentence)
      """
    let buffer = context.channel.allocator.buffer(string: answer)
    let done = context.writeAndFlush(wrapOutboundOut(buffer))
    done.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
  }
}
