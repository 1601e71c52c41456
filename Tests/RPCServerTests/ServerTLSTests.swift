import Foundation
import Peers
import RPC
import RPCClient
import RPCServer
import Sockets
import Testing

/// TLS as the server sees it: who may come in, and how its certificate is replaced.
@Suite struct ServerTLSTests {
  /// The certificates of the tests, made once for all.
  private static let folder = Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cabildo-server-tls")
    let script = Process.held()
    script.executableURL = Repository.root.appending(path: "Tests/Interop/certificates")
    script.arguments = [folder.path]
    try script.run()
    script.waitUntilExit()
    return folder
  }

  private static func path(_ name: String) throws -> String {
    try folder.get().appending(path: name).path
  }

  private static func files(_ name: String, mutual: Bool = false) throws -> ServerTLS.Files {
    ServerTLS.Files(
      certificateChain: try path("\(name).pem"), privateKey: try path("\(name).key"),
      clientAuthorities: mutual ? try path("ca.pem") : nil)
  }

  private static func client(_ identity: String? = nil) throws -> ChannelConfiguration {
    var configuration = ChannelConfiguration()
    configuration.tls = try ClientTLS(
      trust: .file(try path("ca.pem")),
      identity: try identity.map {
        ClientTLS.Identity(
          certificateChain: try path("\($0).pem"), privateKey: try path("\($0).key"))
      })
    return configuration
  }

  private static let whoami = ServerMethod("/test.Test/WhoAmI", .unary) { call in
    let bytes = call.context.peer.certificate.map { $0.count } ?? 0
    try await call.stream.send(MessageFrame(payload: Array("\(bytes > 0)".utf8)))
  }

  @Test(
    "With mutual TLS only a certificate of the right authority comes in, and handlers see it",
    arguments: [(true, "client", true), (true, nil, false), (true, "stranger", false),
      (false, nil, true)] as [(Bool, String?, Bool)])
  func mutual(isMutual: Bool, identity: String?, isServed: Bool) async throws {
    var configuration = ServerConfiguration()
    configuration.tls = try ServerTLS(Self.files("server", mutual: isMutual))
    try await withServer([Self.whoami], configuration) { _, address, loops in
      try await withChannel(to: address, loops, Self.client(identity)) { channel in
        var answer: [UInt8]?
        let error = await failure { answer = try await channel.call("/test.Test/WhoAmI") }
        #expect((error == nil) == isServed, "\(String(describing: error))")
        if let answer { #expect(String(decoding: answer, as: UTF8.self) == "\(isMutual)") }
        if let error { #expect(error.code == .unavailable) }
      }
    }
  }

  @Test(
    "Who speaks to the TLS port without TLS is told so",
    arguments: ["GET / HTTP/1.1\r\nhost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "x"])
  func plaintext(bytes: String) async throws {
    var configuration = ServerConfiguration()
    configuration.tls = try ServerTLS(Self.files("server"))
    try await withServer([echo], configuration) { _, address, _ in
      let answer = try await onThread {
        let peer = try RawPeer(port: address.port)
        try peer.send(Array(bytes.utf8))
        return String(decoding: try peer.readToEnd(), as: UTF8.self)
      }
      #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
      #expect(answer.hasSuffix("\r\n\r\nThis port speaks gRPC over TLS.\n"), "\(answer)")
    }
  }

  @Test("A new certificate is used from the next connection on; a bad one changes nothing")
  func reload() async throws {
    let scratch = FileManager.default.temporaryDirectory.appending(
      path: "cabildo-reload-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let (chain, key) = (scratch.appending(path: "a.pem"), scratch.appending(path: "a.key"))
    func install(_ name: String) throws {
      for (target, suffix) in [(chain, "pem"), (key, "key")] {
        try? FileManager.default.removeItem(at: target)
        try FileManager.default.copyItem(
          at: URL(filePath: try Self.path("\(name).\(suffix)")), to: target)
      }
    }
    try install("server")
    let tls = try ServerTLS(
      ServerTLS.Files(certificateChain: chain.path, privateKey: key.path))
    var configuration = ServerConfiguration()
    configuration.tls = tls
    try await withServer([echo], configuration) { _, address, loops in
      try await withChannel(to: address, loops, Self.client()) { first in
        _ = try await first.call("/test.Test/Echo")
        try install("other-name")
        try tls.reload()
        _ = try await first.call("/test.Test/Echo")
        try await withChannel(to: address, loops, Self.client()) { second in
          let error = await failure { _ = try await second.call("/test.Test/Echo") }
          #expect(error?.reason == "TLS_NAME_MISMATCH")
        }
        try install("server")
        try tls.reload()
        try Data("no certificate".utf8).write(to: chain)
        #expect(throws: (any Error).self) { try tls.reload() }
        try await withChannel(to: address, loops, Self.client()) { third in
          _ = try await third.call("/test.Test/Echo")
        }
      }
    }
  }
}
