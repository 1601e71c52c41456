import ChangeFeed
import NIOPosix
import RPC
import RPCClient
import RPCServer
import Sockets
import Storage

/// A register on a real server, for the time of a body.
func withServer<Result>(
  _ register: Register, grace: Duration = .milliseconds(100),
  _ change: (inout ServerConfiguration) -> Void = { _ in },
  _ body: (Server) async throws -> Result
) async throws -> Result {
  var configuration = ServerConfiguration()
  change(&configuration)
  var router = Router([])
  router.add(register.method)
  let loops = LoopGroup(threads: 1)
  let server = try await Server(
    router, on: [.tcp(host: "127.0.0.1", port: 0)], configuration: configuration, loops: loops)
  do {
    let result = try await body(server)
    await server.shutDown(grace: grace)
    try await loops.shutDown()
    return result
  } catch {
    await server.shutDown(grace: .zero)
    try await loops.shutDown()
    throw error
  }
}

/// A real client, for the time of a body.
func withChannel<Result>(
  port: Int, _ body: (RPCChannel) async throws -> Result
) async throws -> Result {
  var configuration = ChannelConfiguration()
  configuration.backoff = Backoff(
    initial: .milliseconds(2), maximum: .milliseconds(20), connectTimeoutMinimum: .seconds(5))
  let channel = RPCChannel(
    target: try Target("static:127.0.0.1:\(port)"), configuration: configuration,
    eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
  do {
    let result = try await body(channel)
    await channel.shutdown(grace: .milliseconds(200))
    return result
  } catch {
    await channel.shutdown(grace: .zero)
    throw error
  }
}

extension Server {
  var port: Int {
    guard case .tcp(_, let port)? = addresses.first else { return 0 }
    return port
  }
}
