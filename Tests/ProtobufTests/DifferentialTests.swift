import Foundation
import Peers
import Testing

/// Our codec against Python's protobuf, both ways, on random values and on damaged bytes.
///
/// `CABILDO_VALUES` sets how many values and half as many damaged encodings, `CABILDO_SEED` which.
@Suite struct DifferentialTests {
  static let python: URL? = {
    let environment = ProcessInfo.processInfo.environment
    let path =
      environment["CABILDO_PYTHON"]
      ?? Repository.root.appending(path: ".build/venv/bin/python").path
    return FileManager.default.isExecutableFile(atPath: path) ? URL(filePath: path) : nil
  }()

  @Test(
    "100,000 random values are the same to us and to Python, in bytes and in JSON",
    .enabled(if: python != nil, "no Python: run compose/test, or set CABILDO_PYTHON"))
  func values() async throws {
    let environment = ProcessInfo.processInfo.environment
    let count = environment["CABILDO_VALUES"].flatMap { Int($0) } ?? 100_000
    let seed = environment["CABILDO_SEED"] ?? "\(UInt32.random(in: 0...UInt32.max))"
    let script = Repository.root.appending(path: "Tests/CodecPeer/differential.py").path
    let program = try Program(
      try #require(Self.python),
      [
        "-B", script, Repository.executable("codec-peer").path, "--count", "\(count)",
        "--mutations", "\(count / 2)", "--seed", seed,
      ])
    let exitCode = try await program.exitCode(within: .seconds(600))
    #expect(exitCode == 0, "seed \(seed): \(program.printed)")
    print(program.printed)
  }
}
