import Foundation
import Peers
import Testing

/// Callers who begin TLS and do not go on.
@Suite struct StalledTLSTests {
  private static func file(_ name: String) -> String {
    Repository.certificates.appending(path: name).path
  }

  /// A ClientHello of openssl's, taken from the wire: its record header promises all of it.
  private static func hello() async throws -> [UInt8] {
    let listener = try TCPListener()
    defer { listener.stop() }
    let openssl = try Program(
      URL(filePath: "/usr/bin/openssl"), ["s_client", "-connect", "127.0.0.1:\(listener.port)"])
    defer { openssl.send(signal: SIGKILL) }
    return try await onThread {
      let socket = try #require(listener.accept(until: .now + .seconds(10)))
      return try socket.read(until: .now + .seconds(10))
    }
  }

  /// What a caller says before it stalls.
  private static func beginnings() async throws -> [(says: String, bytes: [UInt8])] {
    let hello = try await hello()
    try #require(hello.count > 100 && hello[0] == 22)
    return [
      ("not a word", []), ("one byte", [22]), ("a record's header", Array(hello.prefix(5))),
      ("half a ClientHello", Array(hello.prefix(hello.count / 2))), ("a ClientHello", hello),
    ]
  }

  @Test("They are cut off when the time for greetings is over, and counted with that reason")
  func stalls() async throws {
    let service = try await LiveService([
      "--greeting-timeout=700ms", "--tls-certificate-file", Self.file("server.pem"),
      "--tls-key-file", Self.file("server.key"),
    ])
    let port = UInt16(try service.port)
    let beginnings = try await Self.beginnings()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (says, bytes) in beginnings {
        group.addTask {
          let time = try await onThread {
            let socket = try TCPSocket(port: port)
            let start = ContinuousClock.now
            try socket.write(bytes, until: start + .seconds(10))
            while try !socket.read(until: start + .seconds(10)).isEmpty {}
            return start.duration(to: .now)
          }
          #expect(time > .milliseconds(600) && time < .seconds(7), "\(says): \(time)")
        }
      }
      group.addTask { try await Self.trickles(to: port) }
      try await group.waitForAll()
    }
    let expected = Double(beginnings.count + 1)
    try await eventually("all are counted") {
      try await MetricsPage(Self.page("/metrics", of: service)).value(
        "cabildo_server_connections_ended_total", ["reason": "greeting_timeout"]) == expected
    }
    let line = try await service.logLine { $0["message"] as? String == "connection cut off" }
    #expect(line["reason"] as? String == "greeting_timeout")
  }

  /// A byte now and then does not buy time.
  private static func trickles(to port: UInt16) async throws {
    let hello = try await hello()
    let time = try await onThread {
      let socket = try TCPSocket(port: port)
      let start = ContinuousClock.now
      do {
        for byte in hello {
          try socket.write([byte], until: start + .seconds(10))
          Thread.sleep(forTimeInterval: 0.05)
        }
      } catch {}
      return start.duration(to: .now)
    }
    #expect(time < .seconds(7))
  }

  private static func page(_ path: String, of service: LiveService) async throws
    -> String
  {
    try await Program.run(
      URL(filePath: "/usr/bin/curl"),
      [
        "-sS", "--http1.1", "--max-time", "10", "--cacert", file("ca.pem"),
        "https://localhost:\(service.port)\(path)",
      ]
    ).output
  }
}
