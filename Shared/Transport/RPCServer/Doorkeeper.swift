internal import HTTP2
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import RPC
internal import Sockets

/// Hears the first bytes of a new connection and lets the right one in: HTTP/2 if they begin the
/// client preface (RFC 9113, section 3.4), HTTP/1.1 otherwise. Silence ends the connection.
final class Doorkeeper: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  private let services: ServedBy
  private let executor: LoopExecutor
  private let workers: CallWorkers
  private let entry: ConnectionEntry
  private var heard = ByteBuffer()
  private var patience: Scheduled<Void>?
  /// Somebody is in charge already. What they write may fail, and NIO then reads what is left
  /// before this handler is out of the way.
  private var hasDecided = false

  init(
    _ services: ServedBy, _ executor: LoopExecutor, _ workers: CallWorkers,
    _ entry: ConnectionEntry
  ) {
    self.services = services
    self.entry = entry
    self.executor = executor
    self.workers = workers
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((context, entry), eventLoop: context.eventLoop)
    let timeout = TimeAmount(services.configuration.greetingTimeout)
    patience = executor.loop.scheduleTask(in: timeout) {
      let (context, entry) = bound.value
      entry.ends(.greetingTimeout)
      // All of it at once: TLS would wait for a goodbye from who has said nothing yet.
      context.channel.close(promise: nil)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { patience?.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !hasDecided else { return context.fireChannelRead(data) }
    heard.writeImmutableBuffer(unwrapInboundIn(data))
    let count = min(heard.readableBytes, Self.preface.count)
    let isPreface = heard.readableBytesView.prefix(count).elementsEqual(
      Self.preface.prefix(count))
    if isPreface, count < Self.preface.count { return }
    patience?.cancel()
    hasDecided = true
    do {
      try isPreface ? letInHTTP2(context) : letInHTTP1(context)
    } catch {
      return context.close(promise: nil)
    }
    context.fireChannelRead(wrapInboundOut(heard))
    context.fireChannelReadComplete()
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // Who has asked for nothing yet loses nothing.
    if event is ConnectionOrder {
      entry.ends(.drained)
      return context.close(promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    entry.failed(error)
    context.close(promise: nil)
  }

  private func letInHTTP2(_ context: ChannelHandlerContext) throws {
    entry.speaks = .http2
    let connection = try ServerConnection(
      services, executor: executor, workers: workers, entry: entry, peer: peer(context))
    try context.pipeline.syncOperations.addHandler(connection, position: .after(self))
  }

  private func letInHTTP1(_ context: ChannelHandlerContext) throws {
    entry.speaks = .http1
    entry.ends(.page)
    let pipeline = context.pipeline.syncOperations
    let configuration = services.configuration
    let pages = PlainPages(configuration.pages, timeout: configuration.pageTimeout)
    try pipeline.addHandler(pages, position: .after(self))
    try pipeline.addHandler(HTTPServerPipelineHandler(), position: .after(self))
    try pipeline.addHandler(
      ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
      position: .after(self))
    try pipeline.addHandler(HTTPResponseEncoder(), position: .after(self))
  }

  private func peer(_ context: ChannelHandlerContext) -> Peer {
    let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
    let certificate = tls?.peerCertificate.flatMap { try? $0.toDERBytes() }
    return Peer(address: entry.remote, certificate: certificate)
  }
}
