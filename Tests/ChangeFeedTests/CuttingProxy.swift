import NIOCore
import NIOPosix
import Synchronization

/// Passes the bytes of connections on, and cuts each after as many as the test says, in the midst
/// of whatever goes by.
final class CuttingProxy: Sendable {
  let port: Int
  private let listener: any Channel
  private let counts: Counts

  final class Counts: Sendable {
    let cuts = Atomic<Int>(0)
    private let nextLimit: @Sendable () -> Int?

    init(_ nextLimit: @escaping @Sendable () -> Int?) { self.nextLimit = nextLimit }
    func limit() -> Int? { nextLimit() }
  }

  /// `limits` gives the bytes from the server that each next connection lets through; nil, all.
  init(
    to server: @escaping @Sendable () -> Int, limits: @escaping @Sendable () -> Int?
  ) async throws {
    let counts = Counts(limits)
    self.counts = counts
    listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.autoRead, value: false)
      .childChannelInitializer { inward in
        ClientBootstrap(group: inward.eventLoop)
          .channelOption(.autoRead, value: false)
          .connect(host: "127.0.0.1", port: server())
          .flatMapThrowing { outward in
            let limit = counts.limit()
            try inward.pipeline.syncOperations.addHandler(Relay(to: outward, limit: nil, counts))
            try outward.pipeline.syncOperations.addHandler(Relay(to: inward, limit: limit, counts))
            outward.read()
          }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    port = listener.localAddress?.port ?? 0
  }

  var cuts: Int { counts.cuts.load(ordering: .relaxed) }

  func stop() async throws { try await listener.close() }
}

/// One direction of one connection: reads when what it read before was written.
private final class Relay: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let other: any Channel
  private var limit: Int?
  private let counts: CuttingProxy.Counts

  init(to other: any Channel, limit: Int?, _ counts: CuttingProxy.Counts) {
    self.other = other
    self.limit = limit
    self.counts = counts
  }

  func channelActive(context: ChannelHandlerContext) { context.read() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    let isCut = limit.map { bytes.readableBytes >= $0 } ?? false
    if let limit {
      bytes = bytes.readSlice(length: min(limit, bytes.readableBytes)) ?? ByteBuffer()
      self.limit = limit - bytes.readableBytes
    }
    let channel = context.channel
    let other = other
    let counts = counts
    other.writeAndFlush(bytes).whenComplete { _ in
      guard isCut else { return channel.read() }
      counts.cuts.add(1, ordering: .relaxed)
      other.close(promise: nil)
      channel.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
