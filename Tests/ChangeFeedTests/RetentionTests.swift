import RPC
import Storage
import Testing

@testable import ChangeFeed

/// The log keeps what it states, and lets go of the rest in small steps.
@Suite struct RetentionTests {
  private func kept(_ register: Register) async throws -> (oldest: Int64, count: Int, end: Int64) {
    try await register.feed.database.read { transaction in
      let log = ChangeLog(transaction)
      let count = try transaction.rows("SELECT COUNT(*) AS n FROM feed_entry")[0].integer("n")
      return (try log.oldest(), count, try log.end().sequence)
    }
  }

  @Test(
    "An entry goes when it is older than the age and newer ones are enough",
    arguments: [
      // Ten entries, one a minute, the last just now: age in minutes, count, oldest kept.
      (0, 0, 10), (100, 0, 1), (0, 100, 1), (3, 0, 7), (3, 2, 7), (3, 8, 3), (100, 2, 1),
      (0, 1, 10), (0, 5, 6), (9, 0, 1), (8, 0, 2),
    ] as [(Int, Int64, Int64)])
  func rules(minutes: Int, count: Int64, oldest: Int64) async throws {
    let clock = TestClock()
    try await withRegister(
      {
        $0.retention = Retention(age: .seconds(minutes * 60), count: count)
        $0.trimStep = 3
      }, clock: { clock.now }
    ) { register in
      for number in 1...10 {
        if number > 1 { clock.advance(by: .seconds(60)) }
        try await register.put("words/a", "\(number)")
      }
      #expect(try await register.feed.trim() == Int(oldest) - 1)
      let kept = try await kept(register)
      #expect(kept == (oldest, 11 - Int(oldest), 10))
      #expect(try await register.feed.trim() == 0)
      // The clock of the history outlives the entries.
      let first = try await register.feed.database.read {
        try ChangeLog($0).recordedTime(of: 1)
      }
      #expect(first == TestClock().now)
    }
  }

  @Test("One step deletes no more than its limit")
  func steps() async throws {
    try await withRegister({ $0.retention = Retention(age: .zero, count: 0) }) { register in
      for number in 1...10 { try await register.put("words/a", "\(number)") }
      let database = register.feed.database
      var steps: [Int] = []
      while steps.last != 0 {
        steps.append(
          try await database.transaction { transaction in
            try ChangeLog(transaction).trim(
              Retention(age: .zero, count: 0), now: .now, limit: 4)
          })
      }
      // The very last entry is not older than itself.
      #expect(steps == [4, 4, 1, 0])
    }
  }

  @Test("A wall clock that jumps ahead makes nothing old before the next write")
  func clockJumps() async throws {
    let clock = TestClock()
    try await withRegister(
      { $0.retention = Retention(age: .seconds(3600), count: 2) }, clock: { clock.now }
    ) { register in
      for number in 1...10 { try await register.put("words/a", "\(number)") }
      clock.advance(by: .seconds(1_000_000))
      #expect(try await register.feed.trim() == 0)
      try await register.put("words/a", "11")
      #expect(try await register.feed.trim() == 9)
      #expect(try await kept(register).oldest == 10)
    }
  }
}
