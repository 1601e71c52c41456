import Foundation
import Peers
import Testing

/// `./compose/up` and `./compose/down` as an operator uses them.
@Suite(.serialized) struct UpTests {
  @Test("up says what to try next, and each line of it works")
  func hints() async throws {
    try await withSuite { suite, said in
      #expect(said.contains("gateway serves on \(suite.gateway)"))
      let hints = said.split(separator: "\n").filter { $0.hasPrefix("    ") }
      #expect(hints.count >= 6)
      let output = try await suite.shell(hints.map { $0.trimmingPrefix("    ") })
      #expect(output.contains("Ciudad de Bilbao"))
      #expect(output.contains("grpc_server_handled_total"))
    }
  }

  @Test("The lines of the README work as they stand")
  func readme() async throws {
    try await withSuite { suite, _ in
      let lines = try Repository.typedLines().filter { !$0.hasPrefix("./compose/") }
      #expect(lines.count >= 10)
      let output = try await suite.shell(lines)
      #expect(output.contains("Ciudad de Bilbao"))
      #expect(output.contains("fr: Ville de Bilbao [fr]"))
    }
  }

  @Test("A second up takes seconds and keeps the data; down ends its own processes only")
  func twice() async throws {
    try await withSuite("--no-demonstration") { other, _ in
      try await withSuite { suite, _ in
        _ = try await suite.cabildo(
          "--token-file", suite.administrator, "members", "update", "bilbao", "--population",
          "350001")
        #expect(try await suite.up().contains("membership runs already"))
        try await suite.down()
        let start = ContinuousClock.now
        try await suite.up()
        #expect(ContinuousClock.now - start < .seconds(30) * Slack.factor)
        #expect(try await suite.cabildo("members", "get", "bilbao").contains("350001"))
      }
      #expect(try await other.cabildo("health").contains("SERVING"))
      #expect(try await other.down().contains("gateway ended"))
      #expect(try await other.down().contains("Nothing of ours runs"))
    }
  }

  @Test("A suite that listens where another does says so, and ends nothing of the other")
  func taken() async throws {
    try await withSuite("--no-demonstration") { suite, _ in
      let second = suite.data.appending(path: "second").path
      await #expect {
        try await suite.script("up", ["--detach", "--no-build", "--data", second])
      } throws: { error in
        "\(error)".contains("\(suite.membership), where membership is to listen, is taken")
      }
      #expect(!FileManager.default.fileExists(atPath: second))
      let health = try await suite.cabildo("health")
      #expect(health.contains("SERVING"))
    }
  }
}
