import Peers
import Testing

/// grpc's published interop cases, our client and server against grpcio's and each other.
@Suite(.serialized) struct InteropCaseTests {
  static let cases = [
    "empty_unary", "large_unary", "client_compressed_unary", "server_compressed_unary",
    "client_streaming", "client_compressed_streaming", "server_streaming",
    "server_compressed_streaming", "ping_pong", "empty_stream", "cancel_after_begin",
    "cancel_after_first_response", "timeout_on_sleeping_server", "custom_metadata",
    "status_code_and_message", "special_status_message", "unimplemented_method",
    "unimplemented_service", "rpc_soak", "channel_soak",
  ]

  /// Grpcio with itself shows that the foreign cases are sound.
  @Test(
    "Every case, client to server, plaintext and TLS",
    arguments: [
      (Program.Side.grpcio, Program.Side.ours), (.ours, .grpcio), (.ours, .ours),
      (.grpcio, .grpcio),
    ], [false, true])
  func everyCase(sides: (client: Program.Side, server: Program.Side), isSecure: Bool) async throws {
    let security = "--use_tls=\(isSecure)"
    let server = try await Program.interopServer(sides.server, [security])
    let result = try await Program.interopClient(
      sides.client, port: server.port, ["--test_case=all", security])
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines == Self.cases.map { "\($0): passed" }, "\(result.output)")
    #expect(result.exitCode == 0)
    #expect(server.program.isRunning, "the server ended: \(server.program.printed)")
  }

  @Test("A case that fails is seen to fail", arguments: Program.Side.allCases)
  func failuresShow(client: Program.Side) async throws {
    let server = try await Program.interopServer(.ours)
    let result = try await Program.interopClient(
      client, port: server.port,
      ["--test_case=rpc_soak", "--soak_iterations=1", "--soak_response_size=-1"])
    #expect(result.exitCode == 1)
    #expect(result.output.contains("rpc_soak: failed"))
  }
}
