import Auth
import Foundation
import Messages
import Peers
import RPC
import RPCClient
import RPCServer
import Testing

@testable import ServiceRuntime

/// What operators see of connections: how they ended, and those that are open.
@Suite struct ConnectionTests {
  private static let call: [UInt8] =
    Frame(
      .headers, [.endHeaders, .endStream], stream: 1,
      payload: [
        HeaderField(":method", "POST"), HeaderField(":scheme", "http"),
        HeaderField(":path", "/test.Test/None"), HeaderField(":authority", "a"),
        HeaderField("te", "trailers"), HeaderField("content-type", "application/grpc"),
      ].headerBlock
    ).bytes

  @Test("A flood is counted by its reason and logged, once for each connection, a few of many")
  func floods() async throws {
    let service = try await LiveService()
    let port = UInt16(try service.port)
    let floods = 40
    try await onThread {
      for _ in 0..<floods {
        let peer = try RawPeer.started(port: port)
        for _ in 0..<300 { try peer.send(Frame(.settings)) }
        try peer.listenToEnd()
        #expect(peer.goAway?.code == ErrorCode.enhanceYourCalm.rawValue)
        #expect(peer.goAway?.debug == "flood: too many SETTINGS")
      }
      let peer = try RawPeer.started(port: port)
      try peer.send(Self.call)
      try peer.listen(toEndOf: 1)
    }
    let name = "cabildo_server_connections_ended_total"
    let deadline = ContinuousClock.now + .seconds(10)
    var metrics = try await service.metrics()
    while metrics.value(name, ["reason": "flood_settings"]) != Double(floods), .now < deadline {
      metrics = try await service.metrics()
    }
    #expect(metrics.value(name, ["reason": "flood_settings"]) == Double(floods))
    #expect(metrics.value(name, ["reason": "flood_ping"]) == 0)
    #expect(metrics.samples.keys.filter { $0.name == name }.count == ConnectionEnd.all.count)
    let lines = try service.log().filter { $0["message"] as? String == "connection cut off" }
    #expect(lines.count >= 10)
    #expect(lines.count < floods)
    #expect(lines.first?["reason"] as? String == "flood_settings")
    #expect(lines.first?["complaint"] as? String == "flood: too many SETTINGS")
  }

  @Test("Of lines beyond the budget the next tells how many there were")
  func budget() {
    let start = ContinuousClock.now
    var budget = LogBudget(now: start)
    var said = (0..<15).map { _ in budget.take(start) }
    #expect(said == Array(repeating: 0, count: 10) + Array(repeating: nil, count: 5))
    said = [budget.take(start + .seconds(1)), budget.take(start + .seconds(1))]
    #expect(said == [5, nil])
    said = [budget.take(start + .seconds(100))]
    #expect(said == [1])
  }

  @Test("channelz tells operators, and nobody else, of the server and its sockets")
  func channelz() async throws {
    let key = SigningKey.make()
    let folder = try TemporaryFolder()
    try key.verificationKeys.write(to: folder.path("keys.pem"))
    let service = try await LiveService(
      ["--token-keys-file", folder.path("keys.pem")], in: folder)
    func options(_ role: Role) -> CallOptions {
      let token = TokenIssuer(key).token(
        for: Principal(subject: "u-1", roles: [role]), validFor: .seconds(60))
      return CallOptions(timeout: .seconds(10), metadata: ["authorization": "Bearer \(token)"])
    }
    try await service.withChannel { channel in
      let client = GrpcChannelzV1.ChannelzClient(channel)
      let nobody = await failure { _ = try await client.getServers(.init()) }
      #expect(nobody?.code == .unauthenticated)
      let registrar = await failure {
        _ = try await client.getServers(.init(), options(.registrar))
      }
      #expect(registrar?.code == .permissionDenied)

      let servers = try await client.getServers(.init(), options(.operator))
      #expect(servers.end)
      let server = try #require(servers.server.first)
      #expect(servers.server.count == 1)
      #expect(server.data?.callsStarted == 3)
      #expect(server.data?.callsFailed == 2)
      #expect(server.listenSocket.first?.name == service.addresses.first)
      let number = try #require(server.ref?.serverId)
      let page = try await client.getServerSockets(
        .init(serverId: number), options(.operator))
      #expect(page.end)
      let reference = try #require(page.socketRef.first)
      #expect(page.socketRef.count == 1)
      let socket = try #require(
        try await client.getSocket(.init(socketId: reference.socketId), options(.operator)).socket)
      #expect(socket.data?.streamsStarted == 5)
      #expect(socket.data?.streamsSucceeded == 2)
      #expect(socket.data?.streamsFailed == 2)
      #expect(socket.data?.messagesReceived == 5)
      #expect(socket.data?.messagesSent == 2)
      #expect(socket.security == nil)
      guard case .tcpipAddress(let local) = socket.local?.address else {
        Issue.record("\(String(describing: socket.local))")
        return
      }
      #expect(local.ipAddress == [127, 0, 0, 1])
      #expect(Int(local.port) == (try service.port))
      try await refusals(client, server: number, options(.operator), behind: reference.socketId)
    }
  }

  /// What is asked for and is not there, or is no number.
  private func refusals(
    _ client: GrpcChannelzV1.ChannelzClient, server number: Int64, _ options: CallOptions,
    behind socket: Int64
  ) async throws {
    let last = try await client.getServerSockets(
      .init(serverId: number, startSocketId: socket + 1), options)
    #expect(last.socketRef.isEmpty && last.end)
    for error in await [
      failure { _ = try await client.getSocket(.init(socketId: 999_999), options) },
      failure { _ = try await client.getServer(.init(serverId: 999_999), options) },
      failure { _ = try await client.getChannel(.init(channelId: 1), options) },
      failure { _ = try await client.getSubchannel(.init(subchannelId: 1), options) },
    ] { #expect(error?.code == .notFound) }
    let negative = await failure {
      _ = try await client.getServers(.init(maxResults: -1), options)
    }
    #expect(negative?.code == .invalidArgument)
  }
}
