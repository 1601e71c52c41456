import RPC
import Storage
import Testing
import WellKnown

@testable import ChangeFeed

/// The log's promises: no gap, commit order, one time for each transaction, times that never go
/// back.
@Suite struct ChangeLogTests {
  private func entries(_ register: Register) async throws -> [FeedEntry] {
    try await register.feed.database.read { transaction in
      let log = ChangeLog(transaction)
      return try log.page(
        after: log.oldest() - 1, PageLimit(count: 1_000_000, bytes: 1 << 30))
    }
  }

  @Test("Concurrent writers, every third of which fails, leave no gap")
  func gapFree() async throws {
    struct Refusal: Error {}
    try await withRegister { register in
      let numbers = await withTaskGroup(of: [Int64].self) { group in
        for writer in 0..<8 {
          group.addTask {
            var numbers: [Int64] = []
            for step in 0..<60 {
              let number = try? await register.feed.write { transaction, log in
                let number = try Register.put("words/\(writer)", "\(step)", transaction, log)
                if step % 3 == 1 { throw Refusal() }
                return number
              }
              if let number { numbers.append(number) }
              if step % 10 == 9 { await Task.yield() }
            }
            return numbers
          }
        }
        return await group.reduce(into: []) { $0 += $1 }
      }
      #expect(numbers.count == 8 * 40)
      #expect(numbers.sorted() == Array(1...320))
      let entries = try await entries(register)
      #expect(entries.map(\.sequence) == Array(1...320))
      for (earlier, later) in zip(entries, entries.dropFirst()) {
        #expect(earlier.recordedTime < later.recordedTime)
      }
    }
  }

  @Test("A transaction's changes have one time, and no other transaction's")
  func oneTime() async throws {
    let clock = TestClock()
    try await withRegister(clock: { clock.now }) { register in
      for count in 1...3 {
        try await register.feed.write { transaction, log in
          for number in 0..<count {
            clock.advance(by: .seconds(1))
            try Register.put("words/\(count)-\(number)", "", transaction, log)
          }
        }
      }
      let times = try await entries(register).map(\.recordedTime)
      #expect(times.count == 6)
      #expect(Set(times).count == 3)
      #expect(times[1] == times[2])
      #expect(times[3] == times[5])
    }
  }

  @Test("When the wall clock goes back, the recorded clock does not")
  func clockGoesBack() async throws {
    let clock = TestClock()
    try await withRegister(clock: { clock.now }) { register in
      var moments: [RecordedTime] = []
      for step in [0, 10, -3600, 0, 1, 3600, -1] {
        clock.advance(by: .seconds(step))
        try await register.put("words/a", "\(step)")
        moments.append(try await entries(register).last!.recordedTime)
      }
      #expect(moments == moments.sorted())
      #expect(Set(moments).count == moments.count)
      // Back at the right time, it shows the right time again.
      #expect(moments[5].duration(to: clock.now) == .seconds(-1))
    }
  }

  @Test("A moment of the recorded clock is a place in the log, and back")
  func asOf() async throws {
    let clock = TestClock()
    try await withRegister(clock: { clock.now }) { register in
      let first = clock.now
      try await register.put("words/a", "1")
      clock.advance(by: .seconds(10))
      try await register.feed.write { transaction, log in
        try Register.put("words/a", "2", transaction, log)
        try Register.put("words/b", "2", transaction, log)
      }
      let second = clock.now
      let database = register.feed.database
      for (time, sequence) in [
        (RecordedTime.origin, 0), (first.advanced(by: .microseconds(-1)), 0), (first, 1),
        (second.advanced(by: .microseconds(-1)), 1), (second, 3),
        (second.advanced(by: .seconds(99)), 3),
      ] as [(RecordedTime, Int64)] {
        let found = try await database.read { try ChangeLog($0).sequence(asOf: time) }
        #expect(found == sequence, "as of \(time)")
      }
      for (sequence, time) in [(0, nil), (1, first), (2, second), (3, second), (4, nil)]
        as [(Int64, RecordedTime?)]
      {
        let found = try await database.read { try ChangeLog($0).recordedTime(of: sequence) }
        #expect(found == time, "change \(sequence)")
      }
    }
  }

  @Test("Numbers and times go on after the store was opened again")
  func reopened() async throws {
    try await withStoreFile { path in
      var sequences: [Int64] = []
      var epochs: Set<UInt64> = []
      for _ in 0..<3 {
        let database = try await SQLiteDatabase.open(.file(path), migrations: Register.migrations)
        let register = try await Register(database)
        sequences.append(try await register.put("words/a", "x"))
        epochs.insert(try await database.read { try ChangeLog($0).state().epoch })
        await database.close()
      }
      #expect(sequences == [1, 2, 3])
      #expect(epochs.count == 1)
    }
  }

  @Test("A change that contradicts itself is not written")
  func contradictions() async throws {
    try await withRegister { register in
      for change in [
        ResourceChange(
          .deleted, "words/a", GoogleProtobuf.StringValue(), etag: "", access: "",
          accessBefore: nil),
        ResourceChange(
          .created, "", GoogleProtobuf.StringValue(), etag: "", access: "", accessBefore: nil),
        ResourceChange(
          .created, String(repeating: "a", count: 1025), GoogleProtobuf.StringValue(), etag: "",
          access: "", accessBefore: nil),
        ResourceChange(
          .created, "words/a",
          GoogleProtobuf.StringValue(value: String(repeating: "a", count: 3 << 20)), etag: "",
          access: "", accessBefore: nil),
      ] {
        await #expect(throws: StorageError.self) {
          try await register.feed.write { _, log in try log.append(change) }
        }
      }
      let written = try await entries(register)
      #expect(written.isEmpty)
    }
  }

  @Test("A rehearsed write answers, and leaves nothing")
  func validateOnly() async throws {
    try await withRegister { register in
      try await register.put("words/a", "1")
      let number = try await register.feed.write(validateOnly: true) { transaction, log in
        try Register.put("words/a", "2", transaction, log)
      }
      #expect(number == 2)
      #expect(try await entries(register).count == 1)
      #expect(try await register.put("words/b", "1") == 2)
      let refused = await failure {
        try await register.feed.write(validateOnly: true) { transaction, log in
          _ = try Register.delete("words/none", transaction, log)
        }
      }
      #expect(refused?.code == .notFound)
    }
  }
}
