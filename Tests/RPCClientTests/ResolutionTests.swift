import Foundation
import HTTP2
import Peers
import RPC
import RPCClient
import RPCServer
import Sockets
import Testing

/// Names whose addresses change, hosts that stand for themselves.
@Suite struct ResolutionTests {
  /// Whether a process here may see a hosts file of its own.
  private static let canMount: Bool = {
    guard
      let program = try? Program(
        URL(filePath: "/usr/bin/unshare"), ["-m", "mount", "--bind", "/etc/hosts", "/etc/hosts"])
    else { return false }
    while program.isRunning { usleep(2000) }
    return program.isRunning == false && program.printed.isEmpty
  }()

  private static func saying(_ word: String) -> ServerMethod {
    ServerMethod("/t.T/M", .unary) { call in
      try await call.stream.send(MessageFrame(payload: Array(word.utf8)))
    }
  }

  @Test(
    "A name that moves is followed: when its server goes, and when only its address changes",
    .enabled(if: canMount, "a hosts file of one's own needs the right to mount"))
  func moves() async throws {
    let folder = try TemporaryFolder()
    func point(to address: String) throws {
      // In place: the file is bound by its inode.
      let file = try FileHandle(forWritingTo: folder.url.appending(path: "hosts"))
      try file.truncate(atOffset: 0)
      try file.write(contentsOf: Data("\(address) moving.test\n".utf8))
      try file.close()
    }
    try folder.write("127.0.0.1 moving.test\n", to: "hosts")
    // One that the system gives to nobody by itself.
    let port = Int.random(in: 20_000..<30_000)
    func at(_ address: String) -> ListenAddress { .tcp(host: address, port: port) }
    try await withServer([Self.saying("third")], on: at("127.0.0.3")) { _, _ in
      try await withServer([Self.saying("second")], on: at("127.0.0.2")) { _, _ in
        let client = try await withServer([Self.saying("first")], on: at("127.0.0.1")) { _, _ in
          let client = try Program(
            URL(filePath: "/usr/bin/unshare"),
            [
              "-m", "bash", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"",
              folder.path("hosts"), Repository.executable("client-probe").path,
              "--follow=dns:///moving.test:\(port)", "--for_ms=20000",
            ])
          _ = try await client.line(after: "answer first")
          // Its server lives on: the name alone says that it moved.
          try point(to: "127.0.0.2")
          _ = try await client.line(after: "answer second")
          return client
        }
        try point(to: "127.0.0.3")
        _ = try await client.line(after: "answer third")
      }
    }
  }

  @Test("Each of several hosts is called by its own name")
  func ownNames() async throws {
    let authorities = Observed(Set<String>())
    let script = ScriptedServer.Script.http2(.init()) { answer, _ in answer.succeed() }
    let (first, second) = (try await ScriptedServer(script), try await ScriptedServer(script))
    let target = "static:localhost:\(first.port),127.0.0.1:\(second.port)"
    try await withChannel(target, { $0.serviceConfig.balancing = .roundRobin }) { channel in
      try await eventually {
        _ = try? await channel.call("/t.T/M")
        return !first.heads.isEmpty && !second.heads.isEmpty
      }
    }
    for server in [first, second] {
      for head in server.heads {
        authorities.withLock { _ = $0.insert(head.first(":authority") ?? "none") }
      }
    }
    #expect(
      authorities.withLock { $0 } == ["localhost:\(first.port)", "127.0.0.1:\(second.port)"])
    try await first.stop()
    try await second.stop()
  }
}
