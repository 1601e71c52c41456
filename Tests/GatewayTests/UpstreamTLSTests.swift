import Foundation
import Peers
import RPC
import TestMessages
import Testing

/// The gateway speaks TLS to the services: whom it trusts and what it shows are read again on
/// SIGHUP.
@Suite struct UpstreamTLSTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Puts one of the tests' certificates where the gateway's settings point.
  private func put(_ certificate: String, as name: String) throws {
    let file = Repository.certificates.appending(path: certificate)
    try folder.write(String(contentsOf: file, encoding: .utf8), to: name)
  }

  private func answers(_ gateway: GatewayProgram) async throws -> Bool {
    try await withTestService(at: gateway.port) { client in
      await failure { _ = try await client.emptyCall(.init(), .init(timeout: .seconds(5))) } == nil
    }
  }

  private func reload(_ gateway: GatewayProgram, saying words: String) async throws {
    gateway.program.send(signal: SIGHUP)
    try await eventually { gateway.program.printed.contains(words) }
  }

  @Test("Files that became others are used from SIGHUP on; broken ones change nothing")
  func reloads() async throws {
    let flags = ["--use_tls=true", "--client_ca=ca"]
    let server = try await Program.interopServer(.ours, flags)
    try put("other-ca.pem", as: "authority.pem")
    try put("stranger.pem", as: "gateway.pem")
    try put("stranger.key", as: "gateway.key")
    let gateway = try await GatewayProgram.start(
      routes: ["grpc.testing.": server.port],
      [
        "--upstream-ca-file=\(folder.path("authority.pem"))",
        "--upstream-certificate-file=\(folder.path("gateway.pem"))",
        "--upstream-key-file=\(folder.path("gateway.key"))",
      ])
    #expect(try await !answers(gateway))
    try put("ca.pem", as: "authority.pem")
    try put("client.pem", as: "gateway.pem")
    try put("client.key", as: "gateway.key")
    #expect(try await !answers(gateway))
    try await reload(gateway, saying: "upstream certificate read again")
    try await eventually { try await answers(gateway) }

    try folder.write("no certificate", to: "gateway.pem")
    try folder.write("no authority", to: "authority.pem")
    try await reload(gateway, saying: "upstream certificate not read again: the old stays in use")
    // A new connection shows and trusts what the old one did.
    server.program.send(signal: SIGKILL)
    try await eventually { try await !answers(gateway) }
    let again = try await Program.interopServer(.ours, flags + ["--port=\(server.port)"])
    try await eventually { try await answers(gateway) }
    #expect(again.program.isRunning)
  }
}
