import Foundation
import Peers
import RPC
import RPCClient
import RPCServer
import Sockets
import Synchronization

/// A real server on a port of its own and a real client of it, for the time of one test.
func withServer<Result: Sendable>(
  _ methods: [ServerMethod], _ configuration: ServerConfiguration = ServerConfiguration(),
  on address: ListenAddress = .tcp(host: "127.0.0.1", port: 0), threads: Int = 1,
  _ body: (Server, ListenAddress, LoopGroup) async throws -> Result
) async throws -> Result {
  var router = Router([])
  for method in methods { router.add(method) }
  let loops = LoopGroup(threads: threads)
  let server = try await Server(
    router, on: [address], configuration: configuration, loops: loops)
  do {
    let result = try await body(server, server.addresses[0], loops)
    await server.shutDown(grace: .seconds(1))
    try await loops.shutDown()
    return result
  } catch {
    await server.shutDown(grace: .zero)
    try await loops.shutDown()
    throw error
  }
}

/// A channel to the server, for the time of a body.
func withChannel<Result: Sendable>(
  to address: ListenAddress, _ loops: LoopGroup,
  _ configuration: ChannelConfiguration = ChannelConfiguration(),
  _ body: (RPCChannel) async throws -> Result
) async throws -> Result {
  let target =
    switch address {
    case .tcp(_, let port): try Target("static:localhost:\(port)")
    case .unix(let path): try Target("unix:\(path)")
    }
  let channel = RPCChannel(
    target: target, configuration: configuration, eventLoopGroup: loops.dialing)
  do {
    let result = try await body(channel)
    await channel.shutdown(grace: .seconds(1))
    return result
  } catch {
    await channel.shutdown(grace: .zero)
    throw error
  }
}

extension RPCChannel {
  /// Sends one message and returns the one answer.
  func call(_ method: MethodName, _ message: [UInt8] = [], _ options: CallOptions = CallOptions())
    async throws -> [UInt8]
  {
    try await open(
      ClientRequest(method, .unary, options, soleMessage: MessageFrame(payload: message))
    ).soleMessage()
  }
}

/// Values that handlers leave for the test to see.
final class Notes<Value: Sendable>: Sendable {
  private let values = Mutex<[Value]>([])

  func add(_ value: Value) { values.withLock { $0.append(value) } }
  var all: [Value] { values.withLock { $0 } }

  /// Waits until there are so many.
  func wait(for count: Int, within patience: Duration = .seconds(10)) async throws {
    let deadline = ContinuousClock.now + patience
    while all.count < count {
      guard .now < deadline else { throw Impatience(waitedFor: count, has: all.count) }
      try await Task.sleep(for: .milliseconds(2))
    }
  }
}

struct Impatience: Error {
  let waitedFor: Int
  let has: Int
}

/// Echoes its message.
let echo = ServerMethod("/test.Test/Echo", .unary) { call in
  let message = try await call.stream.nextMessage() ?? []
  try await call.stream.send(MessageFrame(payload: message))
}

/// The status of what `body` throws; nil when it throws nothing.
func failure(_ body: () async throws -> Void) async -> RPCError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? RPCError ?? RPCError(error)
  }
}
