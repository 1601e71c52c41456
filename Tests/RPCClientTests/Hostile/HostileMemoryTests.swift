import Foundation
import Peers
import Testing

/// Floods and bombs against a client in a process of its own: what they cost it, and what stays.
@Suite(.serialized) struct HostileMemoryTests {
  /// The issue allows a hostile connection 8 MiB and a gzip bomb 40; the allocator keeps some.
  private static let peakKibibytes = 12 * 1024
  private static let bombKibibytes = 44 * 1024
  private static let timeout = 300

  @Test(
    "A flood costs a bounded amount of memory and no time, and leaves nothing",
    arguments: [
      false, true,
    ])
  func floods(streaming: Bool) async throws {
    let bombs = HostileAnswerTests.cases.filter { $0.testDescription.contains("unfold") }
    let packed = HostileAnswerTests.cases.filter { $0.testDescription.contains("gzip") }
    let cases = HostileFrameTests.floods + bombs + packed
    let servers = try cases.map { try HostileServer($0.steps) }
    defer { for server in servers { server.stop() } }
    let probe = try Program(
      Repository.executable("client-probe"),
      [
        "--targets=\(servers.map(\.target).joined(separator: ","))",
        "--timeout_ms=\(Self.timeout)", "--streaming=\(streaming)",
      ])
    #expect(try await probe.exitCode(within: .seconds(60)) == 0, "\(probe.printed)")
    let lines = await probe.allPrinted().split(separator: "\n").filter { $0.hasPrefix("call ") }
    try #require(lines.count == cases.count)
    for (test, line) in zip(cases, lines) {
      let values = Self.values(of: line)
      let place = "\(test.testDescription): \(line)"
      #expect(values["code"] != nil, "\(place)")
      let limit =
        packed.contains { $0.testDescription == test.testDescription }
        ? Self.bombKibibytes : Self.peakKibibytes
      #expect(Int(values["peak_kib"] ?? "").map { $0 < limit } == true, "\(place)")
      let latest = (Self.timeout + 500 * Slack.factor) * 1000
      #expect(Int(values["us"] ?? "").map { $0 < latest } == true, "\(place)")
      #expect(values["descriptors"] == "0", "\(place)")
    }
    // What one flood leaves to the allocator the next uses again.
    let kept = lines.compactMap { Int(Self.values(of: $0)["kept_kib"] ?? "") }.reduce(0, +)
    #expect(kept < Self.bombKibibytes, "\(lines.joined(separator: "\n"))")
    try await eventually { servers.allSatisfy { $0.openConnections == 0 } }
  }

  static func values(of line: Substring) -> [Substring: Substring] {
    Dictionary(
      line.split(separator: " ").compactMap { word in
        let parts = word.split(separator: "=", maxSplits: 1)
        return parts.count == 2 ? (parts[0], parts[1]) : nil
      }, uniquingKeysWith: { $1 })
  }
}
