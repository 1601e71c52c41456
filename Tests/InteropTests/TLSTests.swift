import Foundation
import Peers
import Testing

/// TLS as foreign peers see it: versions, protocols, certificates of both sides.
@Suite(.serialized) struct TLSTests {
  private static let folder = Repository.certificates

  private static func file(_ name: String) -> String { folder.appending(path: name).path }

  private func openssl(_ port: UInt16, _ flags: [String]) async throws -> String {
    let address = ["s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", Self.file("ca.pem")]
    return try await Program.run(URL(filePath: "/usr/bin/openssl"), address + flags).output
  }

  @Test(
    "TLS 1.2 and 1.3 are spoken, older ones not",
    arguments: [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)])
  func versions(flag: String, isSpoken: Bool) async throws {
    let server = try await Program.interopServer(.ours, ["--use_tls=true"])
    let output = try await openssl(
      server.port, [flag, "-alpn", "h2", "-cipher", "ALL:@SECLEVEL=0"])
    #expect(output.contains("ALPN protocol: h2") == isSpoken, "\(output)")
    #expect(output.contains("Verify return code: 0 (ok)") == isSpoken || !isSpoken)
  }

  @Test("HTTP/1.1 is chosen where a client knows no other, and has its pages")
  func http1() async throws {
    let server = try await Program.interopServer(.ours, ["--use_tls=true"])
    let result = try await Program.run(
      URL(filePath: "/usr/bin/curl"),
      [
        "--silent", "--show-error", "--http1.1", "--cacert", Self.file("ca.pem"), "--write-out",
        " %{http_code} %{http_version}", "https://localhost:\(server.port)/healthz",
      ])
    #expect(result.output == "ok\n 200 1.1")
  }

  @Test(
    "Mutual TLS takes the clients of its authority only",
    arguments: [("client", true), ("stranger", false), ("", false)])
  func mutual(certificate: String, isServed: Bool) async throws {
    let server = try await Program.interopServer(.ours, ["--use_tls=true", "--client_ca=ca"])
    let flags = certificate.isEmpty ? [] : ["--client_certificate=\(certificate)"]
    let result = try await Program.interopClient(
      .grpcio, port: server.port,
      ["--use_tls=true", "--test_case=empty_unary", "--tls_folder=\(Self.folder.path)"] + flags)
    #expect((result.exitCode == 0) == isServed, "\(result.output)")
  }

  @Test(
    "Our client takes a server of the right name, time and authority only",
    arguments: [
      ("server", "ca", ""), ("other-name", "ca", "TLS_NAME_MISMATCH"),
      ("expired", "ca", "TLS_CERTIFICATE_UNTRUSTED"),
      ("server", "other-ca", "TLS_CERTIFICATE_UNTRUSTED"),
    ])
  func ourClient(certificate: String, authority: String, reason: String) async throws {
    let server = try await Program.interopServer(
      .grpcio, ["--use_tls=true", "--certificate=\(certificate)"])
    let result = try await Program.run(
      Repository.executable("interop-client"),
      [
        "--server_port=\(server.port)", "--use_tls=true", "--test_case=empty_unary",
        "--ca_file=\(Self.file("\(authority).pem"))",
      ])
    #expect(
      result.output.contains(reason.isEmpty ? "empty_unary: passed" : reason), "\(result.output)")
  }

  @Test("A name given in place of the host is what the certificate is held against")
  func nameOverride() async throws {
    for side in Program.Side.allCases {
      let server = try await Program.interopServer(
        .ours, ["--use_tls=true", "--certificate=other-name"])
      let result = try await Program.interopClient(
        side, port: server.port,
        [
          "--use_tls=true", "--test_case=empty_unary", "--server_host_override=elsewhere.example",
        ])
      #expect(result.output == "empty_unary: passed\n")
    }
  }
}
