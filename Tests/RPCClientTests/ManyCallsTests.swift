import Peers
import Testing

/// A hundred thousand calls leave nothing: LeakSanitizer says so of every object when the program
/// ends, and without it the memory stands still.
@Suite struct ManyCallsTests {
  private static let growthKibibytes = 4 * 1024

  @Test("Calls leave no memory and no descriptor behind, however they end")
  func leaks() async throws {
    let probe = try Program(Repository.executable("client-probe"), ["--calls=100000"])
    #expect(try await probe.exitCode(within: .seconds(240)) == 0, "\(probe.printed)")
    let lines = await probe.allPrinted().split(separator: "\n")
    let sizes = lines.filter { $0.hasPrefix("kib=") }.compactMap { Int($0.dropFirst(4)) }
    try #require(sizes.count == 10)
    // The first calls fill what is kept for the next ones.
    #expect(sizes[9] - sizes[2] < Self.growthKibibytes * Slack.factor, "\(sizes)")
    #expect(lines.contains { $0 == "descriptors=0" }, "\(lines)")
  }
}
