import RPC
import Testing

@Suite struct BackoffTests {
  @Test(
    "A wait grows by 1.6 from one second to two minutes",
    arguments: [(1, 1.0), (2, 1.6), (3, 2.56), (10, 68.719), (11, 109.951), (12, 120), (1000, 120)]
  )
  func growth(failures: Int, seconds: Double) {
    var random = SystemRandomNumberGenerator()
    let delay = Backoff(jitter: 0).delay(afterFailures: failures, using: &random)
    #expect(abs(delay / .seconds(1) - seconds) < 0.001)
  }

  @Test("Jitter spreads a wait by a fifth to either side, and over all of it")
  func jitter() {
    var random = SeededGenerator(seed: 7)
    let waits = (0..<1000).map { _ in
      Backoff().delay(afterFailures: 1, using: &random) / .seconds(1)
    }
    #expect(waits.allSatisfy { 0.8...1.2 ~= $0 })
    #expect(waits.min()! < 0.82)
    #expect(waits.max()! > 1.18)
  }

  @Test(
    "An attempt has twenty seconds, or its backoff when that is longer",
    arguments: [(0, 20.0), (1, 20), (7, 20), (8, 26.843), (20, 120)]
  )
  func connectTimeout(failures: Int, seconds: Double) {
    let timeout = Backoff().connectTimeout(afterFailures: failures) / .seconds(1)
    #expect(abs(timeout - seconds) < 0.001)
  }
}

/// A generator whose numbers a test can repeat (SplitMix64).
struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
