import HTTP2
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server that says what a test tells it to, right or wrong.
final class ScriptedServer: Sendable {
  /// What it does with a connection.
  enum Script: Sendable {
    /// Speaks HTTP/2 and answers request number `n`, from 1, as the closure says.
    case http2(HTTP2Limits, @Sendable (inout Answer, _ n: Int) -> Void)
    /// Sends bytes at once and keeps the connection.
    case says([UInt8])
    /// Sends bytes when the client has said something, and hangs up.
    case answersOnce([UInt8])
    case hangsUp
    /// Accepts and never says anything.
    case isSilent
  }

  let host: String
  let port: Int
  private let channel: any Channel
  private let requests: Requests

  init(
    _ script: Script, host: String = "127.0.0.1", port: Int = 0, tls: NIOSSLContext? = nil
  ) async throws {
    let requests = Requests()
    self.requests = requests
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          requests.connected()
          if let tls {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
          }
          try channel.pipeline.syncOperations.addHandler(ScriptedConnection(script, requests))
        }
      }
      .bind(host: host, port: port).get()
    self.host = host
    self.port = channel.localAddress?.port ?? 0
  }

  /// One that is gone. Its address is its own, so that no test beside it is given the port.
  static func gone() async throws -> ScriptedServer {
    let turn = addresses.wrappingAdd(1, ordering: .relaxed).oldValue
    let server = try await ScriptedServer(.hangsUp, host: "127.0.1.\(1 + turn % 250)")
    try await server.stop()
    return server
  }

  private static let addresses = Atomic(0)

  var target: String { "\(host):\(port)" }
  var connectionCount: Int { requests.connections }
  /// The header blocks of the requests, in order.
  var heads: [HeaderBlock] { requests.heads }

  func stop() async throws {
    cutConnections()
    try await channel.close()
  }

  /// Closes what is open, and goes on listening.
  func cutConnections() { requests.stop() }
}

/// How one request is answered: recorded, then done.
struct Answer {
  enum Step: Sendable {
    case headers(HeaderBlock, endStream: Bool)
    case data([UInt8])
    case trailers(HeaderBlock)
    /// Ends the stream without trailers.
    case finish
    case reset(HTTP2ErrorCode)
    case goAway(HTTP2ErrorCode, String)
    /// Hears nothing more, PINGs included.
    case stopReading
    /// Closes the connection with what was said so far.
    case close
    /// Writes bytes of its own making.
    case raw([UInt8])
  }

  var steps: [Step] = []

  static let head: HeaderBlock = [":status": "200", "content-type": "application/grpc"]

  /// A whole, right answer with one empty message.
  mutating func succeed() {
    steps += [
      .headers(Self.head, endStream: false), .data([0, 0, 0, 0, 0]),
      .trailers(["grpc-status": "0"]),
    ]
  }

  mutating func fail(_ status: Int, _ more: (String, String)...) {
    var block = Self.head
    block.append("grpc-status", String(status))
    for (name, value) in more { block.append(name, value) }
    steps.append(.headers(block, endStream: true))
  }
}

private final class Requests: Sendable {
  private let state = Mutex((heads: [HeaderBlock](), connections: 0, open: [any Channel]()))

  var heads: [HeaderBlock] { state.withLock { $0.heads } }
  var connections: Int { state.withLock { $0.connections } }

  func connected() { state.withLock { $0.connections += 1 } }
  func opened(_ channel: any Channel) { state.withLock { $0.open.append(channel) } }
  func stop() {
    let open = state.withLock { state in
      defer { state.open = [] }
      return state.open
    }
    for channel in open { channel.close(promise: nil) }
  }

  /// The number of the request, from 1, over all connections.
  func add(_ head: HeaderBlock) -> Int {
    state.withLock {
      $0.heads.append(head)
      return $0.heads.count
    }
  }
}

private final class ScriptedConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let script: ScriptedServer.Script
  private let requests: Requests
  private var session: HTTP2Session
  private var isDeaf = false

  init(_ script: ScriptedServer.Script, _ requests: Requests) throws {
    self.script = script
    self.requests = requests
    if case .http2(let limits, _) = script {
      session = try HTTP2Session(.server, limits: limits)
    } else {
      session = try HTTP2Session(.server)
    }
  }

  func channelActive(context: ChannelHandlerContext) {
    requests.opened(context.channel)
    switch script {
    case .http2: flush(context)
    case .says(let bytes): write(bytes, context)
    case .hangsUp: context.close(promise: nil)
    case .answersOnce, .isSilent: break
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch script {
    case .http2 where isDeaf: break
    case .http2(_, let answer):
      let bytes = unwrapInboundIn(data)
      for event in session.receive(bytes.readableBytesUInt8Span) {
        switch event {
        case .headers(let stream, let block, .request):
          var answered = Answer()
          answer(&answered, requests.add(block))
          for step in answered.steps { perform(step, stream, context) }
        case .data(let stream, let range):
          session.consumeConnection(range.count)
          session.consume(range.count, on: stream)
        default: break
        }
      }
      flush(context)
    case .answersOnce(let bytes):
      write(bytes, context)
      context.close(promise: nil)
    case .says, .hangsUp, .isSilent: break
    }
  }

  private func perform(_ step: Answer.Step, _ stream: StreamID, _ context: ChannelHandlerContext) {
    switch step {
    case .headers(let block, let endStream):
      try? session.submitResponse(block, on: stream, endStream: endStream)
    case .data(let bytes): try? session.write(bytes, on: stream)
    case .trailers(let block): try? session.finish(stream, trailers: block)
    case .finish: try? session.finish(stream)
    case .reset(let code): session.reset(stream, code)
    case .goAway(let code, let reason): session.goAway(code, reason: reason)
    case .stopReading: isDeaf = true
    case .close:
      flush(context)
      context.close(promise: nil)
    case .raw(let bytes):
      flush(context)
      write(bytes, context)
    }
  }

  private func flush(_ context: ChannelHandlerContext) {
    // Writing may read: what is to be said is taken out of the session first.
    var output: [UInt8] = []
    while session.nextOutput({ output += Array(copying: $0) }) {}
    _ = session.takeEvents()
    if !output.isEmpty { write(output, context) }
  }

  private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
  }
}

extension [UInt8] {
  fileprivate init(copying span: Span<UInt8>) {
    self = (0..<span.count).map { span[$0] }
  }
}
