import Synchronization
import Testing

@testable import ServiceRuntime

@Suite struct ReadinessChecksTests {
  @Test("Who asks while a check runs hears what it says, and it runs once")
  func together() async {
    let runs = Mutex(0)
    let checks = ReadinessChecks()
    checks.add("slow") {
      runs.withLock { $0 += 1 }
      try await Task.sleep(for: .milliseconds(300))
      throw CheckFailure("not today")
    }
    async let first = checks.outcomes()
    async let second = checks.outcomes()
    let expected = [ReadinessChecks.Outcome(name: "slow", failure: "not today")]
    #expect(await first == expected)
    #expect(await second == expected)
    #expect(runs.withLock { $0 } == 1)
  }

  @Test("A check that does not come back is given up, and not started again")
  func hanging() async {
    let runs = Mutex(0)
    let checks = ReadinessChecks(patience: .milliseconds(100))
    checks.add("stuck") {
      runs.withLock { $0 += 1 }
      while true {
        try? await Task.sleep(for: .milliseconds(20))
        await Task.yield()
      }
    }
    #expect(await checks.outcomes().map(\.failure) == ["no answer within 100ms"])
    #expect(await checks.outcomes().map(\.failure) == ["an earlier check has not come back"])
    #expect(runs.withLock { $0 } == 1)
  }
}
