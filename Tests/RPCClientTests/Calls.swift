import NIOPosix
import RPC
import RPCClient
import RPCServer
import Sockets
import Synchronization

/// A channel for one test, shut down at its end.
func withChannel<Result>(
  _ target: String, _ change: (inout ChannelConfiguration) -> Void = { _ in },
  _ body: (RPCChannel) async throws -> Result
) async throws -> Result {
  var configuration = ChannelConfiguration()
  configuration.backoff = Backoff(
    initial: .milliseconds(20), maximum: .milliseconds(200),
    connectTimeoutMinimum: .seconds(10))
  configuration.resolutionSpacing = .milliseconds(20)
  change(&configuration)
  let channel = RPCChannel(
    target: try Target(target), configuration: configuration,
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

/// A server of ours for one test.
func withServer<Result>(
  _ methods: [ServerMethod], _ change: (inout ServerConfiguration) -> Void = { _ in },
  on address: ListenAddress = .tcp(host: "127.0.0.1", port: 0),
  _ body: (_ target: String, Server) async throws -> Result
) async throws -> Result {
  var configuration = ServerConfiguration()
  change(&configuration)
  var router = Router([])
  for method in methods { router.add(method) }
  let loops = LoopGroup(threads: 1)
  let server = try await Server(router, on: [address], configuration: configuration, loops: loops)
  do {
    let result = try await body(server.addresses[0].description, server)
    await server.shutDown(grace: .seconds(1))
    try await loops.shutDown()
    return result
  } catch {
    await server.shutDown(grace: .zero)
    try await loops.shutDown()
    throw error
  }
}

extension CallInvoker {
  /// A unary call of undecoded messages.
  func call(
    _ method: MethodName, _ message: [UInt8] = [], _ options: CallOptions = CallOptions(),
    _ kind: CallKind = .unary
  ) async throws -> [UInt8] {
    try await open(
      ClientRequest(method, kind, options, soleMessage: MessageFrame(payload: message))
    ).soleMessage()
  }

  /// The error that a unary call ends with.
  func failure(
    of method: MethodName, _ message: [UInt8] = [], _ options: CallOptions = CallOptions()
  ) async -> RPCError? {
    do {
      _ = try await call(method, message, options)
      return nil
    } catch {
      return error as? RPCError ?? RPCError(.unknown, "not an RPCError: \(error)")
    }
  }
}

extension CallOptions {
  static func within(_ timeout: Duration, waitForReady: Bool? = nil) -> CallOptions {
    CallOptions(timeout: timeout, waitForReady: waitForReady)
  }
}

let echo = ServerMethod("/t.T/Echo", .bidirectional) { call in
  call.stream.setInitialMetadata(["x-initial": "first"])
  while let message = try await call.stream.nextMessage() {
    try await call.stream.send(MessageFrame(payload: message))
  }
  call.stream.setTrailingMetadata(["x-trailing": "last"])
}

let sleepy = ServerMethod("/t.T/Sleep", .unary) { _ in
  try await Task.sleep(for: .seconds(60))
}

/// What a handler did, for the test to look at.
final class Observed<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>

  init(_ value: Value) { mutex = Mutex(value) }

  func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
    mutex.withLock { body(&$0) }
  }
}
