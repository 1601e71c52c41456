import Foundation
import Peers
import Testing

/// How late calls end on all the hostile servers there are, told by a client in a process of its
/// own.
@Suite(.serialized) struct HostileDeadlineTests {
  /// The issue allows 50 ms; a busy machine gets ten times that.
  private static let slack = HostileCall.slack
  private static let timeout = Duration.milliseconds(300)
  /// Servers at once: one that nobody has called for twenty seconds serves no longer.
  private static let batch = 25

  private static let cases =
    HostileAnswerTests.cases + HostileConnectionTests.cases + HostileFrameTests.cases
    + HostileFrameTests.floods

  @Test("No call outlives its deadline, whatever its server does", arguments: [false, true])
  func late(streaming: Bool) async throws {
    var late: [Duration] = []
    for start in stride(from: 0, to: Self.cases.count, by: Self.batch) {
      let batch = Array(Self.cases.dropFirst(start).prefix(Self.batch))
      let ends = try await Self.ends(of: batch, streaming)
      for (test, end) in zip(batch, ends) {
        #expect(end.time < Self.timeout + Self.slack, "\(test.testDescription)")
        if end.code == "DEADLINE_EXCEEDED" { late.append(end.time - Self.timeout) }
      }
    }
    // No server that lets calls come to their deadline would make this a test of nothing.
    try #require(late.count > 10)
    late.sort()
    print(
      "\(Self.cases.count) hostile servers, \(late.count) calls at their deadline, late by: "
        + [0.5, 0.9, 0.99, 1].map { share in
          "p\(Int(share * 100)) \(late[Int(Double(late.count - 1) * share)] / .milliseconds(1)) ms"
        }.joined(separator: ", "))
  }

  private static func ends(of cases: [HostileCase], _ streaming: Bool) async throws
    -> [(code: Substring, time: Duration)]
  {
    let servers = try cases.map { try HostileServer($0.steps) }
    defer { for server in servers { server.stop() } }
    let probe = try Program(
      Repository.executable("client-probe"),
      [
        "--targets=\(servers.map(\.target).joined(separator: ","))",
        "--timeout_ms=\(Int(timeout / .milliseconds(1)))", "--streaming=\(streaming)",
      ])
    #expect(try await probe.exitCode(within: .seconds(60)) == 0, "\(probe.printed)")
    let lines = await probe.allPrinted().split(separator: "\n").filter { $0.hasPrefix("call ") }
    try #require(lines.count == cases.count)
    return try lines.map { line in
      let values = HostileMemoryTests.values(of: line)
      return (
        code: try #require(values["code"]),
        time: .microseconds(try #require(Int(values["us"] ?? "")))
      )
    }
  }
}
