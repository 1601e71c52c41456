import Foundation
import Peers

/// The suite as `./compose/up` starts it, with data and ports of its own.
struct RunningSuite {
  let data: URL
  /// What `up` and `down` take to find this suite and no other.
  let environment: [String: String]
  let gateway: String
  let membership: String

  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  /// Starts nothing yet.
  init() throws {
    data = FileManager.default.temporaryDirectory.appending(path: "cabildo-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    gateway = "127.0.0.1:\(freePort())"
    membership = "127.0.0.1:\(freePort())"
    environment = [
      "CABILDO_GATEWAY_LISTEN": gateway, "CABILDO_MEMBERSHIP_LISTEN": membership,
      "CABILDO_SERVER": gateway, "CABILDO_PROGRAMS": Self.programs.path, "XDG_CONFIG_HOME": data.appending(path: "config").path,
    ]
  }

  /// Where the programs lie that were built with these tests.
  private static let programs = Repository.executable("cabildo").deletingLastPathComponent()

  var administrator: String { data.appending(path: "tokens/administrator").path }
  var publicKeys: String { data.appending(path: "keys/public.pem").path }

  /// Runs `./compose/up` on what is built already; returns what it printed.
  @discardableResult func up(_ flags: [String] = []) async throws -> String {
    try await script("up", ["--detach", "--no-build", "--data", data.path] + flags)
  }

  @discardableResult func down() async throws -> String {
    try await script("down", ["--data", data.path])
  }

  /// Runs the CLI, and wants it to end well.
  func cabildo(_ arguments: String..., within patience: Duration = .seconds(60)) async throws
    -> String
  {
    try await run(Repository.executable("cabildo"), arguments, within: patience)
  }

  /// Runs a Python program of `Tests/Suite`, and wants it to end well.
  func python(_ script: String, _ arguments: String..., within patience: Duration = .seconds(60))
    async throws -> String
  {
    let path = Repository.root.appending(path: "Tests/Suite/\(script)").path
    return try await run(Repository.python, [path] + arguments, within: patience)
  }

  private func script(_ name: String, _ arguments: [String]) async throws -> String {
    try await run(
      Repository.root.appending(path: "compose/\(name)"), arguments, within: .seconds(120))
  }

  /// Runs lines of a document as they stand, in one shell at the top of the clone; the ports and
  /// the data are this suite's.
  func shell(_ lines: some Sequence<some StringProtocol>) async throws -> String {
    let script = lines.map { line in
      String(line).replacing("localhost:8080", with: gateway)
        .replacing("localhost:50051", with: membership)
        .replacing("$PWD/.build/debug", with: Self.programs.path)
        .replacing(".data/", with: data.path + "/")
    }
    return try await run(
      URL(filePath: "/bin/bash"),
      ["-euc", (["cd \(Repository.root.path)"] + script).joined(separator: "\n")],
      within: .seconds(120))
  }

  func run(_ program: URL, _ arguments: [String], within patience: Duration) async throws -> String
  {
    let result = try await Program.run(
      program, arguments, environment: environment, within: patience)
    guard result.exitCode == 0 else {
      let code = result.exitCode.map(String.init) ?? "nothing in time"
      throw Failed(
        description: "\(program.lastPathComponent) \(arguments) ended with \(code):"
          + "\n\(result.output)")
    }
    return result.output
  }
}

/// Starts the suite, with its demonstration data unless told otherwise, for the time of one test.
func withSuite<Result>(
  _ flags: String..., body: (RunningSuite, _ said: String) async throws -> Result
) async throws -> Result {
  let suite = try RunningSuite()
  defer { try? FileManager.default.removeItem(at: suite.data) }
  do {
    let said = try await suite.up(flags)
    let result = try await body(suite, said)
    try await suite.down()
    return result
  } catch {
    _ = try? await suite.down()
    throw error
  }
}
