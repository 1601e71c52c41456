import HTTP2
import NIOSSL
import Peers
import RPC
import RPCClient
import Testing

/// Servers that break TLS, or stall in it, before there is any HTTP/2.
@Suite(.serialized) struct HostileTLSTests {
  /// The header of a handshake record and of a ServerHello, and no more.
  private static let helloBegins: [UInt8] = [0x16, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3]

  private static func tls() throws -> ClientTLS {
    try ClientTLS(trust: .file(ClientTLSTests.path("ca.pem")), serverName: "localhost")
  }

  static let cases: [HostileCase] = [
    HostileCase("takes the ClientHello and is silent", .unavailable("CONNECT_TIMEOUT"), []),
    HostileCase(
      "half a ServerHello, then silence", .unavailable("CONNECT_TIMEOUT"), [.raw(helloBegins)]),
    HostileCase(
      "half a ServerHello, then closes", .unavailable("TLS_HANDSHAKE_FAILED"),
      [.raw(helloBegins), .pauses(.milliseconds(20)), .closes]),
    HostileCase(
      "closes in the handshake", .unavailable("TLS_HANDSHAKE_FAILED"),
      [.pauses(.milliseconds(50)), .closes]),
    HostileCase(
      "an alert", .unavailable("TLS_HANDSHAKE_FAILED"), [.raw([0x15, 3, 3, 0, 2, 2, 40])]),
    HostileCase(
      "a record longer than any", .unavailable("TLS_HANDSHAKE_FAILED"),
      [.raw([0x16, 3, 3, 0xff, 0xff]), .raw([UInt8](repeating: 2, count: 70_000))]),
    HostileCase(
      "HTTP/2 without TLS", .unavailable("TLS_HANDSHAKE_FAILED"), [.says([.settings])]),
    HostileCase(
      "HTTP/1.1 without TLS", .unavailable("TLS_HANDSHAKE_FAILED"),
      [.raw(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))]),
    HostileCase(
      "empty records without end", .unavailable("TLS_HANDSHAKE_FAILED"),
      [.floods([Frame(.data)], reading: false)]),
    HostileCase(
      "warnings without end", .unavailable("TLS_HANDSHAKE_FAILED"),
      [.raw([UInt8](repeatElement([0x15, 3, 3, 0, 2, 1, 0], count: 4000).joined()))]),
  ]

  @Test(arguments: cases)
  func ends(_ test: HostileCase) async throws { try await test.play(over: Self.tls()) }

  @Test(
    "A server that is silent, or talks nonsense, behind TLS",
    arguments: [
      (ScriptedServer.Script.isSilent, "CONNECT_TIMEOUT"),
      (.says(Array("SSH-2.0-OpenSSH\r\n".utf8)), "NOT_HTTP2"),
    ])
  func secured(script: ScriptedServer.Script, reason: String) async throws {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMFile(ClientTLSTests.path("server.pem")).map {
        .certificate($0)
      },
      privateKey: .privateKey(
        try NIOSSLPrivateKey(file: ClientTLSTests.path("server.key"), format: .pem)))
    configuration.applicationProtocols = ["h2"]
    let server = try await ScriptedServer(
      script, tls: try NIOSSLContext(configuration: configuration))
    let tls = try Self.tls()
    let error = try await withChannel(
      server.target,
      {
        $0.tls = tls
        $0.backoff.connectTimeoutMinimum = .milliseconds(700)
      }
    ) { await $0.failure(of: "/t.T/M", [], .within(.seconds(8))) }
    try await server.stop()
    #expect(error?.code == .unavailable)
    #expect(error?.reason == reason, "\(error?.message ?? "")")
  }
}
