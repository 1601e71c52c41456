import Auth
import Foundation
import Messages
import Peers
import RPC
import TestMessages
import Testing

/// The gateway's own connections as its operators see them.
@Suite(.serialized) struct ChannelzTests {
  private static let key = SigningKey.make()
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static func options(_ role: Role) -> CallOptions {
    let token = TokenIssuer(key).token(
      for: Principal(subject: "u-1", roles: [role]), validFor: .seconds(60))
    return CallOptions(timeout: .seconds(10), metadata: ["authorization": "Bearer \(token)"])
  }

  private func gateway(before port: UInt16) async throws -> GatewayProgram {
    let keys = folder.path("keys.pem")
    try Self.key.verificationKeys.write(to: keys)
    return try await GatewayProgram.start(
      routes: ["grpc.testing.": port, "away.": 1], ["--token-keys-file=\(keys)"])
  }

  @Test("Operators see its channels to the services, and the sockets of those")
  func channels() async throws {
    let server = try await Program.interopServer(.ours)
    let gateway = try await gateway(before: server.port)
    let operators = Self.options(.operator)
    try await withTestService(at: gateway.port) { service in
      for _ in 0..<3 { _ = try await service.emptyCall(.init()) }
      let client = GrpcChannelzV1.ChannelzClient(service.invoker)
      let channels = try await client.getTopChannels(.init(), operators).channel
      // The health of the service is asked for on channels of its own.
      let mine = try #require(
        channels.filter { $0.data?.target.hasSuffix(":\(server.port)") == true }
          .max { $0.data?.callsStarted ?? 0 < $1.data?.callsStarted ?? 0 },
        "\(channels.map { $0.data?.target ?? "" })")
      #expect(mine.data?.callsStarted ?? 0 >= 3)
      #expect(mine.data?.state?.state == .ready)
      let below = try #require(mine.subchannelRef.first).subchannelId
      let found = try await client.getSubchannel(.init(subchannelId: below), operators)
      let number = try #require(found.subchannel?.socketRef.first).socketId
      let socket = try #require(
        try await client.getSocket(.init(socketId: number), operators).socket)
      guard case .tcpipAddress(let remote) = socket.remote?.address else {
        Issue.record("\(String(describing: socket.remote))")
        return
      }
      #expect(remote.port == Int32(server.port))
      #expect(socket.data?.streamsStarted ?? 0 >= 3)
      let reader = await failure {
        _ = try await client.getTopChannels(.init(), Self.options(.reader))
      }
      #expect(reader?.code == .permissionDenied)
    }
  }

  @Test("grpcio reads them with the token of an operator")
  func grpcio() async throws {
    let server = try await Program.interopServer(.ours)
    let gateway = try await gateway(before: server.port)
    try await withTestService(at: gateway.port) { _ = try await $0.emptyCall(.init()) }
    let token = Self.options(.operator).metadata["authorization"] ?? ""
    let (code, output) = try await Program.run(
      Repository.python,
      [Repository.script("channelz.py"), "127.0.0.1:\(gateway.port)", token])
    #expect(code == 0, "\(output)")
    #expect(output.contains("server listens on 127.0.0.1:\(gateway.port)"), "\(output)")
    #expect(output.contains(":\(server.port) READY, "), "\(output)")
  }

  @Test("Without keys there is no operator, and who asks is told so", arguments: ["", "Bearer x"])
  func nobody(credentials: String) async throws {
    let gateway = try await GatewayProgram.start(routes: ["away.": 1])
    try await withTestService(at: gateway.port) { service in
      let client = GrpcChannelzV1.ChannelzClient(service.invoker)
      let metadata: Metadata = credentials.isEmpty ? [:] : ["authorization": credentials]
      let error = await failure {
        _ = try await client.getServers(
          .init(), CallOptions(timeout: .seconds(10), metadata: metadata))
      }
      #expect(error?.code == .failedPrecondition)
      #expect(error?.reason == "NO_TOKEN_KEYS")
      #expect(error?.message.contains("--token-keys-file") == true, "\(error?.message ?? "")")
    }
  }
}
