import Foundation
import HTTP2
import NIOCore
import NIOPosix
import NIOSSL
import Peers
import RPC
import RPCClient
import RPCServer
import Sockets
import Testing

/// TLS between our two ends, and the reason that a caller hears when it fails.
@Suite struct ClientTLSTests {
  /// The certificates that `Tests/Interop/certificates` makes.
  private static let folder: URL = {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cabildo-client-tls")
    let script = Process.held()
    script.executableURL = Repository.root.appending(path: "Tests/Interop/certificates")
    script.arguments = [folder.path]
    try? script.run()
    script.waitUntilExit()
    return folder
  }()

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  private static func tls(
    trusting authority: String = "ca.pem", as identity: String? = nil, name: String? = nil
  ) throws -> ClientTLS {
    try ClientTLS(
      trust: .file(path(authority)),
      identity: identity.map {
        .init(certificateChain: path("\($0).pem"), privateKey: path("\($0).key"))
      }, serverName: name)
  }

  private static func serverTLS(_ name: String, asking: Bool = false) throws -> ServerTLS {
    try ServerTLS(
      .init(
        certificateChain: path("\(name).pem"), privateKey: path("\(name).key"),
        clientAuthorities: asking ? path("ca.pem") : nil))
  }

  @Test("A server is trusted by its chain and its name, or the name it should have")
  func trusted() async throws {
    let tls = try Self.serverTLS("server")
    let authority = Array(try Data(contentsOf: Self.folder.appending(path: "ca.pem")))
    try await withServer([echo], { $0.tls = tls }) { target, server in
      for tls in [
        try Self.tls(), try Self.tls(name: "localhost"), try Self.tls(name: "foo.test.google.fr"),
        try ClientTLS(trust: .bytes(authority)),
      ] {
        try await withChannel(target, { $0.tls = tls }) { channel in
          let answer = try await channel.call("/t.T/Echo", [1])
          #expect(answer == [1])
        }
      }
      try await withChannel("localhost:\(server.port)", { $0.tls = try? Self.tls() }) { channel in
        let answer = try await channel.call("/t.T/Echo", [1])
        #expect(answer == [1])
      }
    }
  }

  @Test(
    "A server that cannot be trusted is not called, and the reason says why",
    arguments: [
      ("other-name", "ca.pem", nil, "TLS_NAME_MISMATCH"),
      ("server", "ca.pem", "elsewhere.example", "TLS_NAME_MISMATCH"),
      ("server", "other-ca.pem", nil, "TLS_CERTIFICATE_UNTRUSTED"),
      ("expired", "ca.pem", nil, "TLS_CERTIFICATE_UNTRUSTED"),
    ] as [(String, String, String?, String)])
  func untrusted(server: String, authority: String, name: String?, reason: String) async throws {
    let serverTLS = try Self.serverTLS(server)
    let tls = try Self.tls(trusting: authority, name: name)
    try await withServer([echo], { $0.tls = serverTLS }) { target, _ in
      let error = try await withChannel(target, { $0.tls = tls }) {
        await $0.failure(of: "/t.T/Echo", [], .within(.seconds(5)))
      }
      #expect(error?.code == .unavailable)
      #expect(error?.reason == reason, "\(error?.message ?? "")")
    }
  }

  @Test("A client proves who it is to a server that asks", arguments: ["client", "stranger", nil])
  func mutual(identity: String?) async throws {
    let serverTLS = try Self.serverTLS("server", asking: true)
    let tls = try Self.tls(as: identity)
    try await withServer([echo], { $0.tls = serverTLS }) { target, _ in
      let error = try await withChannel(target, { $0.tls = tls }) {
        await $0.failure(of: "/t.T/Echo", [], .within(.seconds(5)))
      }
      if identity == "client" {
        #expect(error == nil)
      } else {
        #expect(error?.code == .unavailable)
        #expect(error?.reason == "TLS_HANDSHAKE_FAILED", "\(error?.message ?? "")")
      }
    }
  }

  @Test("Certificates that changed are taken when they are read again; bad ones change nothing")
  func reload() async throws {
    let folder = try TemporaryFolder()
    func use(_ identity: String) throws {
      for kind in ["pem", "key"] {
        let text = try String(contentsOfFile: Self.path("\(identity).\(kind)"), encoding: .utf8)
        try folder.write(text, to: "identity.\(kind)")
      }
    }
    try use("stranger")
    let tls = try ClientTLS(
      trust: .file(Self.path("ca.pem")),
      identity: .init(
        certificateChain: folder.path("identity.pem"), privateKey: folder.path("identity.key")))
    let serverTLS = try Self.serverTLS("server", asking: true)
    try await withServer([echo], { $0.tls = serverTLS }) { target, _ in
      try await withChannel(target, { $0.tls = tls }) { channel in
        func reason() async -> String? {
          await channel.failure(of: "/t.T/Echo", [], .within(.seconds(5)))?.reason
        }
        #expect(await reason() == "TLS_HANDSHAKE_FAILED")
        try use("client")
        #expect(await reason() == "TLS_HANDSHAKE_FAILED")
        try tls.reload()
        try await eventually { await reason() == nil }
        let security = await channel.snapshot().subchannels.first?.sockets.first?.security
        #expect(security?.contains("tlsv1") == true)
      }
      try folder.write("no certificate", to: "identity.pem")
      #expect(throws: (any Error).self) { try tls.reload() }
      try await withChannel(target, { $0.tls = tls }) { channel in
        let answer = try await channel.call("/t.T/Echo", [1], .within(.seconds(5)))
        #expect(answer == [1])
      }
    }
  }

  @Test("A server without TLS is told from one that is broken")
  func plaintextServer() async throws {
    let tls = try Self.tls()
    try await withServer([echo]) { target, _ in
      let error = try await withChannel(target, { $0.tls = tls }) {
        await $0.failure(of: "/t.T/Echo", [], .within(.seconds(5)))
      }
      #expect(error?.code == .unavailable)
      #expect(error?.reason == "TLS_HANDSHAKE_FAILED", "\(error?.message ?? "")")
    }
  }

  @Test("A server that does not offer h2 is refused")
  func withoutALPN() async throws {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMFile(Self.path("server.pem")).map {
        .certificate($0)
      },
      privateKey: .privateKey(
        try NIOSSLPrivateKey(file: Self.path("server.key"), format: .pem)))
    configuration.applicationProtocols = []
    let context = try NIOSSLContext(configuration: configuration)
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let tls = try Self.tls()
    let error = try await withChannel(
      "127.0.0.1:\(listener.localAddress?.port ?? 0)", { $0.tls = tls }
    ) {
      await $0.failure(of: "/t.T/Echo", [], .within(.seconds(5)))
    }
    try await listener.close()
    #expect(error?.code == .unavailable)
    #expect(error?.reason == "ALPN_REFUSED", "\(error?.message ?? "")")
  }
}

extension Server {
  fileprivate var port: Int {
    guard case .tcp(_, let port) = addresses[0] else { return 0 }
    return port
  }
}
