import Foundation
import Peers
import RPC
import RPCClient
import Testing

/// What servers once sent that did harm: `Tests/Corpus/servers`, bytes in hex after a request; `N*`
/// before them says them N times, `;` begins a comment.
@Suite(.serialized) struct HostileCorpusTests {
  private static let folder = "Tests/Corpus/servers"

  static let files: [String] =
    ((try? FileManager.default.contentsOfDirectory(
      atPath: Repository.root.appending(path: folder).path)) ?? []).sorted()

  @Test("Every call on it ends as a call may, in time, and nothing is left", arguments: files)
  func ends(file: String) async throws {
    let bytes = Self.bytes(in: try Repository.text(of: "\(Self.folder)/\(file)"))
    for kind in [CallKind.unary, .bidirectional] {
      let server = try HostileServer([.says([.settings]), .hears, .raw(bytes)])
      defer { server.stop() }
      let call = HostileCall(kind: kind, timeout: .milliseconds(300))
      try await call.check(server, endsWith: nil)
      try await eventually { server.openConnections == 0 }
    }
  }

  @Test("The corpus is found")
  func found() { #expect(Self.files.count >= 5) }

  static func bytes(in text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for line in text.split(separator: "\n") where !line.hasPrefix(";") {
      let parts = line.split(separator: "*")
      let digits = (parts.last ?? "").compactMap(\.hexDigitValue)
      let once = stride(from: 0, to: digits.count - 1, by: 2).map {
        UInt8(digits[$0] << 4 | digits[$0 + 1])
      }
      let times = parts.count == 2 ? Int(parts[0]) ?? 0 : 1
      bytes += repeatElement(once, count: times).joined()
    }
    return bytes
  }
}

/// What a server that reads nothing does to a connection.
@Suite struct StallTests {
  @Test("A server that takes nothing of what waits for it loses its connection")
  func stalls() async throws {
    let room = Frame.settings((4, 1 << 30))
    let server = try HostileServer([
      .says([room, .window(1 << 30)]), .hears, .isDeaf(for: .seconds(3)),
    ])
    defer { server.stop() }
    try await withChannel(server.target, { $0.stallTimeout = .milliseconds(300) }) { channel in
      let stream = try await channel.open(
        ClientRequest("/t.T/M", .clientStreaming, .within(.seconds(30))))
      let message = MessageFrame(payload: [UInt8](repeating: 1, count: 60_000))
      let error = await #expect(throws: RPCError.self) {
        for _ in 0..<2000 { try await stream.send(message, compress: false) }
      }
      #expect(error?.reason == "OUTPUT_STALLED", "\(error?.message ?? "")")
      try await eventually { channel.state != .ready }
    }
    try await eventually { server.openConnections == 0 }
  }

  @Test("A draining server that reads nothing does not keep its connection either")
  func lastWords() async throws {
    let room = Frame.settings((4, 1 << 30))
    let server = try HostileServer([
      .says([room, .window(1 << 30)]), .hears, .says([.goAway(last: 1)]), .isDeaf(for: .seconds(2)),
    ])
    defer { server.stop() }
    try await withChannel(server.target, { $0.stallTimeout = .milliseconds(300) }) { channel in
      let stream = try await channel.open(
        ClientRequest("/t.T/M", .clientStreaming, .within(.seconds(5))))
      let message = MessageFrame(payload: [UInt8](repeating: 1, count: 60_000))
      await #expect(throws: RPCError.self) {
        for _ in 0..<2000 { try await stream.send(message, compress: false) }
      }
      // The channel is not shut down: the connection goes by itself.
      try await eventually { server.openConnections == 0 }
    }
  }
}
