import Messages
import Peers
import RPC
import RPCServer
import StandardServices
import Testing

/// HTTP/1.1 as callers use and misuse it, and the pages of health.
@Suite struct PagesTests {
  /// All that comes back, to the end.
  private static func answer(to request: String, at port: UInt16) async throws -> String {
    try await onThread {
      let peer = try RawPeer(port: port)
      try peer.send(Array(request.utf8))
      return String(decoding: try peer.readToEnd(), as: UTF8.self)
    }
  }

  private static func statuses(in answer: String) -> [String] {
    answer.matches(of: #/HTTP/1\.1 ([0-9]{3}) /#).map { String($0.output.1) }
  }

  @Test(
    "Who keeps the server waiting loses the connection",
    arguments: [
      ("G", []), ("GET /fine HTTP/1.1\r\nhost: a\r\n", []),
      ("POST /fine HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n", []),
      ("GET /fine HTTP/1.1\r\nhost: a\r\n\r\n", ["200"]),
      ("GET /fine HTTP/1.1\r\nhost: a\r\n\r\nGET", ["200"]),
    ])
  func timeout(request: String, statuses: [String]) async throws {
    var configuration = ServerConfiguration()
    configuration.pageTimeout = .milliseconds(200)
    configuration.pages["/fine"] = { _ in PageAnswer(body: "fine\n") }
    try await withServer([], configuration) { _, address, _ in
      let start = ContinuousClock.now
      let answer = try await Self.answer(to: request, at: address.port)
      #expect(Self.statuses(in: answer) == statuses, "\(answer)")
      #expect(start.duration(to: .now) >= .milliseconds(200))
    }
  }

  @Test("A page may take longer to make than its caller may keep us waiting")
  func slowPage() async throws {
    var configuration = ServerConfiguration()
    configuration.pageTimeout = .milliseconds(100)
    configuration.pages["/slow"] = { _ in
      try? await Task.sleep(for: .milliseconds(400))
      return PageAnswer(body: "slow\n")
    }
    try await withServer([], configuration) { _, address, _ in
      let request = "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n"
      let answer = try await Self.answer(to: request, at: address.port)
      #expect(answer.hasSuffix("slow\n"), "\(answer)")
    }
  }

  @Test("Requests sent at once are answered in their order, and a broken one once, at the end")
  func pipelined() async throws {
    var configuration = ServerConfiguration()
    configuration.pages["/slow"] = { _ in
      try? await Task.sleep(for: .milliseconds(200))
      return PageAnswer(body: "slow\n")
    }
    configuration.pages["/fast"] = { _ in PageAnswer(status: 201, body: "fast\n") }
    try await withServer([], configuration) { _, address, _ in
      let requests = ["/slow", "/fast", "/slow"].map { "GET \($0) HTTP/1.1\r\nhost: a\r\n\r\n" }
      let answer = try await Self.answer(
        to: requests.joined() + "hello\r\n\r\n", at: address.port)
      #expect(Self.statuses(in: answer) == ["200", "201", "200", "400"], "\(answer)")
    }
  }

  @Test("The register's pages: alive all the time, ready until it is stopped")
  func health() async throws {
    let register = HealthRegister(services: ["a.A", "b.B"])
    var configuration = ServerConfiguration()
    configuration.pages = register.pages
    func page(_ path: String, _ port: UInt16) async throws -> String {
      try await Self.answer(
        to: "GET \(path) HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", at: port)
    }
    try await withServer([], configuration) { _, address, _ in
      #expect(Self.statuses(in: try await page("/readyz", address.port)) == ["503"])
      register.set("a.A", .serving)
      register.set("", .serving)
      let ready = try await page("/readyz?verbose", address.port)
      #expect(Self.statuses(in: ready) == ["200"])
      #expect(ready.hasSuffix("\r\n\r\nok\na.A SERVING\nb.B NOT_SERVING\n"), "\(ready)")
      #expect(try await page("/readyz", address.port).hasSuffix("\r\n\r\nok\n"))
      register.stop()
      let draining = try await page("/readyz?verbose", address.port)
      #expect(Self.statuses(in: draining) == ["503"])
      #expect(draining.hasSuffix("not ready\na.A NOT_SERVING\nb.B NOT_SERVING\n"), "\(draining)")
      #expect(Self.statuses(in: try await page("/healthz", address.port)) == ["200"])
    }
  }
}
