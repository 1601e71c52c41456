import Foundation
import Peers
import Testing

/// `./compose/up` and `./compose/down` as an operator uses them.
@Suite(.serialized) struct UpTests {
  @Test("up starts everything, says what to try next, and what it says works")
  func up() async throws {
    let suite = try RunningSuite()
    defer { try? FileManager.default.removeItem(at: suite.data) }
    let said = try await suite.up()
    defer { Task { try? await suite.down() } }
    #expect(said.contains("gateway serves on \(suite.gateway)"))
    let hints = said.split(separator: "\n").filter { $0.hasPrefix("    ") }.map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    #expect(hints.count >= 6)
    // Each line as it stands, in one shell; what follows a feed has no end of its own.
    let commands = hints.map { line in
      line.hasPrefix("cabildo feed tail") ? "timeout 3 \(line) || [ $? -ge 124 ]" : line
    }
    let output = try await suite.run(
      URL(filePath: "/bin/bash"), ["-euc", commands.joined(separator: "\n")], within: .seconds(60))
    #expect(output.contains("Ciudad de Bilbao"))
    #expect(output.contains("grpc_server_handled_total"))
    try await suite.down()
  }

  @Test("A second up takes seconds and keeps the data; down ends its own processes only")
  func twice() async throws {
    let other = try RunningSuite()
    try await other.up("--no-demonstration")
    let suite = try RunningSuite()
    defer {
      for suite in [suite, other] { try? FileManager.default.removeItem(at: suite.data) }
    }
    try await suite.up()
    _ = try await suite.cabildo(
      "--token-file", suite.administrator, "members", "update", "bilbao", "--population", "350001")
    let running = try await suite.up()
    #expect(running.contains("membership runs already"))
    try await suite.down()
    let start = ContinuousClock.now
    try await suite.up()
    #expect(ContinuousClock.now - start < .seconds(30))
    #expect(try await suite.cabildo("members", "get", "bilbao").contains("350001"))
    try await suite.down()
    #expect(try await other.cabildo("health").contains("SERVING"))
    try await other.down()
  }
}
