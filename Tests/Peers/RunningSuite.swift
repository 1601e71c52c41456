package import Foundation

/// The suite as `./compose/up` starts it, with data and ports of its own.
package struct RunningSuite: Sendable {
  /// The clone whose scripts and programs these are.
  package let root: URL
  package let data: URL
  /// What `up` and `down` take to find this suite and no other.
  package let environment: [String: String]
  private let services: [SuiteService]

  package struct Failed: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
  }

  /// Starts nothing yet.
  package init(of root: URL = Repository.root) throws {
    self.root = root
    data = FileManager.default.temporaryDirectory.appending(path: "cabildo-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    services = try SuiteService.all(of: root)
    var environment = ["XDG_CONFIG_HOME": data.appending(path: "config").path]
    for service in services {
      environment["CABILDO_\(service.name.uppercased())_LISTEN"] = service.address
    }
    environment["CABILDO_SERVER"] = services.first { $0.name == "gateway" }?.address
    self.environment = environment
  }

  package var gateway: String { address(of: "gateway") }
  package var membership: String { address(of: "membership") }
  package var administrator: String { data.appending(path: "tokens/administrator").path }
  package var publicKeys: String { data.appending(path: "keys/public.pem").path }

  private func address(of name: String) -> String {
    guard let service = services.first(where: { $0.name == name }) else {
      preconditionFailure("compose/services names no \(name)")
    }
    return service.address
  }

  /// The number of a service's process, as `up` wrote it down.
  package func processID(of name: String) throws -> String {
    let file = data.appending(path: "run/\(name).pid")
    return String(try String(contentsOf: file, encoding: .utf8).prefix { $0.isNumber })
  }

  /// Runs `./compose/up` on what is built already; returns what it printed.
  @discardableResult package func up(_ flags: [String] = []) async throws -> String {
    try await script("up", ["--detach", "--no-build", "--data", data.path] + flags)
  }

  @discardableResult package func down() async throws -> String {
    try await script("down", ["--data", data.path])
  }

  /// Runs the CLI, and wants it to end well.
  package func cabildo(_ arguments: String..., within patience: Duration = .seconds(60))
    async throws -> String
  {
    try await run(Repository.executable("cabildo"), arguments, within: patience)
  }

  /// Runs a Python program of `Tests/Suite`, and wants it to end well.
  package func python(
    _ script: String, _ arguments: String..., within patience: Duration = .seconds(60)
  ) async throws -> String {
    let path = root.appending(path: "Tests/Suite/\(script)").path
    return try await run(Repository.python, [path] + arguments, within: patience)
  }

  package func script(
    _ name: String, _ arguments: [String], within patience: Duration = .seconds(120)
  ) async throws -> String {
    try await run(root.appending(path: "compose/\(name)"), arguments, within: patience)
  }

  /// Runs lines of a document as they stand, in one shell at the top of the clone; the ports and
  /// the data are this suite's.
  package func shell(
    _ lines: some Sequence<some StringProtocol>, within patience: Duration = .seconds(120)
  ) async throws -> String {
    let script = lines.map { line in
      services.reduce(String(line)) { line, service in
        line.replacing("localhost:\(service.usualPort)", with: service.address)
      }.replacing(".data/", with: data.path + "/")
    }
    return try await run(
      URL(filePath: "/bin/bash"),
      ["-euc", (["cd \(root.path)"] + script).joined(separator: "\n")], within: patience)
  }

  package func run(_ program: URL, _ arguments: [String], within patience: Duration) async throws
    -> String
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

/// A line of `compose/services`, with an address that nobody else has.
private struct SuiteService: Sendable {
  let name: String
  let usualPort: Substring
  let address = "127.0.0.1:\(freePort())"

  static func all(of root: URL) throws -> [SuiteService] {
    try String(contentsOf: root.appending(path: "compose/services"), encoding: .utf8)
      .split(separator: "\n").filter { !$0.hasPrefix("#") }
      .map { $0.split(separator: " ") }
      .map { SuiteService(name: String($0[0]), usualPort: $0[1]) }
  }
}

/// Starts the suite, with its demonstration data unless told otherwise, for the time of one test.
package func withSuite<Result>(
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

extension Repository {
  /// The lines of the README that a reader types, in their order.
  package static func typedLines() throws -> [Substring] {
    try text(of: "README.md").split(separator: "```sh\n").dropFirst()
      .compactMap { $0.split(separator: "```").first }
      .flatMap { $0.split(separator: "\n") }
  }
}
