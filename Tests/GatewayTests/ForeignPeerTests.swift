import Foundation
import Peers
import Testing

/// Foreign clients and servers with the gateway between them.
@Suite(.serialized) struct ForeignPeerTests {
  private static let cases = [
    "empty_unary", "large_unary", "client_compressed_unary", "server_compressed_unary",
    "client_streaming", "client_compressed_streaming", "server_streaming",
    "server_compressed_streaming", "ping_pong", "empty_stream", "cancel_after_begin",
    "cancel_after_first_response", "timeout_on_sleeping_server", "custom_metadata",
    "status_code_and_message", "special_status_message", "unimplemented_method",
    "unimplemented_service", "rpc_soak", "channel_soak",
  ]

  private static func file(_ name: String) -> String {
    Repository.certificates.appending(path: name).path
  }

  @Test(
    "Every case of grpc's interop tests, client to gateway to server",
    arguments: [
      (Program.Side.grpcio, Program.Side.ours), (.grpcio, .grpcio), (.ours, .grpcio),
      (.ours, .ours),
    ])
  func everyCase(sides: (client: Program.Side, server: Program.Side)) async throws {
    let server = try await Program.interopServer(sides.server)
    let gateway = try await GatewayProgram.start(routes: ["grpc.testing.": server.port])
    let result = try await Program.interopClient(
      sides.client, port: gateway.port, ["--test_case=all"])
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines == Self.cases.map { "\($0): passed" }, "\(result.output)")
    #expect(result.exitCode == 0)
    #expect(gateway.program.isRunning, "the gateway ended: \(gateway.program.printed)")
  }

  @Test(
    "The same with TLS on both sides, and with a certificate where the service asks for one",
    arguments: [false, true])
  func everyCaseSecured(isMutual: Bool) async throws {
    let server = try await Program.interopServer(
      .ours, ["--use_tls=true"] + (isMutual ? ["--client_ca=ca"] : []))
    let shown = [
      "--upstream-certificate-file=\(Self.file("client.pem"))",
      "--upstream-key-file=\(Self.file("client.key"))",
    ]
    let gateway = try await GatewayProgram.start(
      routes: ["grpc.testing.": server.port], host: "localhost",
      [
        "--tls-certificate-file=\(Self.file("server.pem"))",
        "--tls-key-file=\(Self.file("server.key"))",
        "--upstream-ca-file=\(Self.file("ca.pem"))",
      ] + (isMutual ? shown : []))
    let result = try await Program.interopClient(
      .grpcio, port: gateway.port, ["--test_case=all", "--use_tls=true"])
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines == Self.cases.map { "\($0): passed" }, "\(result.output)")
  }

  @Test(
    "grpcio's own clients of health and reflection", arguments: ["health", "reflection", "details"])
  func grpcioClients(part: String) async throws {
    let server = try await Program.interopServer(.ours)
    let gateway = try await GatewayProgram.start(routes: ["grpc.testing.": server.port])
    let result = try await Program.run(
      Repository.python, [Repository.script("standard_services.py"), "\(gateway.port)", part])
    #expect(result.exitCode == 0, "\(result.output)")
    #expect(result.output.hasSuffix("\(part): passed\n"))
  }

  @Test(
    "buf curl calls a method it knows by the gateway's reflection alone",
    arguments: ["grpc-v1", "grpc-v1alpha"])
  func bufCurl(version: String) async throws {
    let server = try await Program.interopServer(.ours)
    let gateway = try await GatewayProgram.start(routes: ["grpc.testing.": server.port])
    let buf = Repository.pythonProgram("buf")
    let common = [
      "curl", "--protocol", "grpc", "--http2-prior-knowledge", "--reflect", "--reflect-protocol",
      version,
    ]
    let base = "http://127.0.0.1:\(gateway.port)"
    let answer = try await Program.run(
      buf,
      common + ["--data", #"{"responseSize": 3}"#, "\(base)/grpc.testing.TestService/UnaryCall"])
    #expect(answer.exitCode == 0)
    #expect(answer.output.contains(#""body": "AAAA""#), "\(answer.output)")
    let methods = try await Program.run(buf, common + ["--list-methods", base])
    #expect(methods.output.contains("grpc.testing.TestService/FullDuplexCall"))
    #expect(methods.output.contains("grpc.health.v1.Health/List"))
  }
}
