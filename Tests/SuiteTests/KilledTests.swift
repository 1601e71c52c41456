import Foundation
import Peers
import Testing

/// Processes that end without a word. `CABILDO_SEED` repeats a run; the seed is printed.
@Suite(.serialized) struct KilledTests {
  private let seed = ProcessInfo.processInfo.environment["CABILDO_SEED"]

  @Test("Membership killed 200 times in the midst of writes loses and doubles nothing")
  func membership() async throws {
    let suite = try RunningSuite()
    defer { try? FileManager.default.removeItem(at: suite.data) }
    // For its keys and token only.
    try await suite.up(["--no-demonstration"])
    try await suite.down()
    let store = suite.data.appending(path: "killed").path
    let arguments = [
      Repository.root.appending(path: "Tests/Suite/kill9.py").path,
      Repository.executable("cabildo-membership").path, suite.publicKeys, suite.administrator,
      store, "200",
    ]
    let output = try await suite.run(
      Repository.python, arguments + [seed].compactMap(\.self), within: .seconds(600))
    print(output)
    #expect(output.contains("without a hole"))
  }

  @Test("A feed consumer killed 200 times ends equal to the register")
  func consumer() async throws {
    try await withSuite { suite, _ in
      let arguments = [
        Repository.root.appending(path: "Tests/Suite/feed_killed.py").path, suite.gateway,
        suite.administrator, suite.data.path, "200",
      ]
      let output = try await suite.run(
        Repository.python, arguments + [seed].compactMap(\.self), within: .seconds(600))
      print(output)
      #expect(output.contains(": equal"))
    }
  }
}
