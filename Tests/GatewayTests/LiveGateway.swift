import Foundation
import Messages
import RPC
import RPCClient
import RPCServer
import Sockets
import StandardServices
import Synchronization
import Testing

@testable import cabildo_gateway

/// A gateway on a port of its own, services behind it and a client before it, all on real sockets,
/// for the time of one test.
struct LiveGateway: Sendable {
  /// The client's way through the gateway.
  let client: RPCChannel
  /// Its way past the gateway, to the service `test`.
  let direct: RPCChannel
  let port: UInt16
  let server: Server
  let health: HealthRegister
  let loops: LoopGroup

  static let margin = Duration.milliseconds(500)
}

/// `behind` are the methods of the service `test`, whose package is `test`.
func withGateway<Result: Sendable>(
  _ behind: [ServerMethod] = [], services: [any RPCService] = [],
  limits: ChannelPool.Limits = ChannelPool.Limits(),
  configure: (inout ServerConfiguration) -> Void = { _ in },
  _ body: (LiveGateway) async throws -> Result
) async throws -> Result {
  let loops = LoopGroup(threads: 2)
  var router = Router(services)
  for method in behind { router.add(method) }
  let local = [ListenAddress.tcp(host: "127.0.0.1", port: 0)]
  var configuration = ServerConfiguration()
  configure(&configuration)
  let service = try await Server(router, on: local, configuration: configuration, loops: loops)
  let target = "127.0.0.1:\(service.addresses[0].port)"
  var channels = ChannelConfiguration()
  channels.maxReceiveMessageBytes = configuration.maxSendMessageBytes
  channels.backoff = Backoff(initial: .milliseconds(20), maximum: .milliseconds(200))
  let pool = ChannelPool(
    target: try Target(target), configuration: channels, limits: limits,
    eventLoopGroup: loops.dialing)
  let health = HealthRegister(services: [])
  let gateway = Gateway(
    [
      Upstream(name: "test", prefix: "test.", target: target, pool: pool),
      Upstream(notSetUp: "finance", prefix: "cabildo.finance."),
    ], health: health, deadlineMargin: LiveGateway.margin)
  configuration.interceptors = [RequestID()]
  let server = try await Server(
    gateway.router, on: local, configuration: configuration, loops: loops)
  let live = LiveGateway(
    client: try channel(to: server, channels, loops),
    direct: try channel(to: service, channels, loops),
    port: UInt16(server.addresses[0].port), server: server, health: health, loops: loops)
  func end(_ grace: Duration) async throws {
    await live.client.shutdown(grace: grace)
    await live.direct.shutdown(grace: grace)
    await server.shutDown(grace: grace)
    await pool.shutdown(grace: grace)
    await service.shutDown(grace: grace)
    try await loops.shutDown()
  }
  do {
    let result = try await body(live)
    try await end(.seconds(1))
    return result
  } catch {
    try await end(.zero)
    throw error
  }
}

private func channel(to server: Server, _ configuration: ChannelConfiguration, _ loops: LoopGroup)
  throws -> RPCChannel
{
  RPCChannel(
    target: try Target("127.0.0.1:\(server.addresses[0].port)"), configuration: configuration,
    eventLoopGroup: loops.dialing)
}

extension ListenAddress {
  var port: Int {
    if case .tcp(_, let port) = self { port } else { 0 }
  }
}

extension CallInvoker {
  /// Sends messages and returns all that came back, and how the call ended.
  func outcome(
    of method: MethodName, _ kind: CallKind, _ messages: [[UInt8]] = [[]],
    _ options: CallOptions = CallOptions(timeout: .seconds(20))
  ) async -> Outcome {
    var outcome = Outcome()
    do {
      let stream = try await open(ClientRequest(method, kind, options))
      for message in messages {
        try await stream.send(MessageFrame(payload: message), compress: options.compress)
      }
      try await stream.finishSending()
      do {
        while let message = try await stream.nextInbound() { outcome.messages.append(message) }
      } catch {
        outcome.error = RPCError(error)
      }
      outcome.initial = (try? await stream.initialMetadata()) ?? [:]
      outcome.trailing = stream.trailingMetadata
    } catch {
      outcome.error = RPCError(error)
    }
    return outcome
  }
}

/// What a caller sees of a call, to the byte.
struct Outcome: Hashable {
  var initial: Metadata = [:]
  var messages: [InboundMessage] = []
  var trailing: Metadata = [:]
  var error: RPCError?

  var payloads: [[UInt8]] { messages.map(\.bytes) }

  /// Without the fields that each server writes for itself.
  var comparable: Outcome {
    var copy = self
    copy.initial = initial.filtered { !$0.elementsEqual(RequestID.header.utf8) }
    copy.trailing = trailing.filtered { !$0.elementsEqual(RequestID.header.utf8) }
    copy.error?.metadata = [:]
    return copy
  }
}

/// Values that handlers leave for the test to see.
final class Notes<Value: Sendable>: Sendable {
  private let values = Mutex<[Value]>([])

  func add(_ value: Value) { values.withLock { $0.append(value) } }
  var all: [Value] { values.withLock { $0 } }

  /// Waits until there are so many.
  func wait(for count: Int, within patience: Duration = .seconds(10)) async throws {
    try await eventually(within: patience) { all.count >= count }
  }
}

/// Waits until something holds; records an issue when it does not come to that.
func eventually(
  within patience: Duration = .seconds(10), _ condition: () async throws -> Bool,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let deadline = ContinuousClock.now + patience
  while try await !condition() {
    guard .now < deadline else {
      Issue.record("it did not happen within \(patience)", sourceLocation: sourceLocation)
      return
    }
    try await Task.sleep(for: .milliseconds(5))
  }
}
