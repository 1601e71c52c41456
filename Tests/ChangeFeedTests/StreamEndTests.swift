import RPC
import RPCServer
import Storage
import Synchronization
import Testing
import WellKnown

@testable import ChangeFeed

/// How streams end, and what their callers are told.
@Suite struct StreamEndTests {
  /// What a stream from this cursor is told at once.
  private func refusal(
    _ register: Register, cursor: String, types: [String] = [], interval: Duration = .seconds(1)
  ) async -> RPCError? {
    await failure {
      var watching = try await Watching(
        register.channel, cursor: cursor, types: types, interval: interval)
      _ = try await watching.next()
    }
  }

  private func end(_ register: Register) async throws -> String {
    var watching = try await Watching(register.channel, tailOnly: true)
    _ = try await watching.next()
    return watching.cursor
  }

  @Test("A cursor older than what is kept is expired, and says what is kept")
  func expired() async throws {
    try await withRegister({ $0.retention = Retention(age: .zero, count: 3) }) { register in
      var cursors: [String] = []
      for number in 0...6 {
        cursors.append(try await end(register))
        try await register.put("words/a", "\(number)")
      }
      // Seven entries, of which the last three stay.
      try await register.feed.trim()
      for (sequence, cursor) in cursors.enumerated() {
        let error = await refusal(register, cursor: cursor)
        guard sequence < 4 else {
          #expect(error == nil, "from \(sequence)")
          continue
        }
        #expect(error?.code == .outOfRange)
        #expect(error?.reason == "CURSOR_EXPIRED")
        #expect(
          error?.errorInfo?.metadata == [
            "oldest_sequence": "5", "retention_seconds": "0", "retention_count": "3",
          ])
      }
    }
  }

  @Test("A snapshot that outlives the retention is told so, and does not end with a hole")
  func expiredWithinSnapshot() async throws {
    try await withRegister({
      $0.retention = Retention(age: .zero, count: 1)
      $0.page = PageLimit(count: 1, bytes: 1 << 20)
    }) { register in
      for number in 0..<5 { try await register.put("words/\(number)", "") }
      var watching = try await Watching(register.channel)
      _ = try await watching.next()
      _ = try await watching.next()
      for _ in 0..<5 { try await register.put("words/0", "") }
      try await register.feed.trim()
      let error = await failure { while try await watching.next() != "over" {} }
      #expect(error?.reason == "CURSOR_EXPIRED")
      #expect(await refusal(register, cursor: watching.cursor)?.reason == "CURSOR_EXPIRED")
    }
  }

  @Test("A reader too slow for the retention is told so in the midst of the tail")
  func expiredWithinTail() async throws {
    try await withRegister({
      $0.retention = Retention(age: .zero, count: 1)
      $0.page = PageLimit(count: 2, bytes: 1 << 20)
      $0.recent = PageLimit(count: 2, bytes: 1 << 20)
    }) { register in
      var watching = try await Watching(register.channel, tailOnly: true)
      _ = try await watching.next()
      for number in 0..<20 { try await register.put("words/\(number)", "") }
      try await register.feed.trim()
      let error = await failure { while try await watching.next() != "over" {} }
      #expect(error?.code == .outOfRange)
      #expect(error?.reason == "CURSOR_EXPIRED")
    }
  }

  @Test("What is no cursor is an invalid argument, and the field is named")
  func invalid() async throws {
    try await withRegister { register in
      let error = await refusal(register, cursor: "bilbao")
      #expect(error?.code == .invalidArgument)
      #expect(error?.reason == "CURSOR_INVALID")
      let fields = error?.details.compactMap { $0.unpacked(as: GoogleRPC.BadRequest.self) }
      #expect(fields?.first?.fieldViolations.map(\.field) == ["cursor"])
    }
  }

  @Test("The cursor of another feed is foreign, and that of a feed that began anew")
  func foreign() async throws {
    try await withRegister { other in
      try await withRegister { register in
        for register in [register, other] { try await register.put("words/a", "") }
        let theirs = try await end(other)
        let ours = try await end(register)
        #expect(await refusal(register, cursor: ours) == nil)
        #expect(await refusal(register, cursor: theirs)?.errorInfo?.metadata["cause"] == "EPOCH")
        try await register.feed.database.transaction { try ChangeLog($0).renewEpoch() }
        let error = await refusal(register, cursor: ours)
        #expect(error?.code == .failedPrecondition)
        #expect(error?.errorInfo?.metadata["cause"] == "EPOCH")
      }
    }
  }

  @Test("After a restored backup, who knows of lost changes is told so, and who does not goes on")
  func restoredBackup() async throws {
    let clock = TestClock()
    try await withRegister(clock: { clock.now }) { register in
      try await register.put("words/a", "1")
      let known = try await end(register)
      clock.advance(by: .seconds(10))
      try await register.put("words/a", "2")
      try await register.put("words/a", "3")
      let lost = try await end(register)
      // The store of after the first write, as a backup of that moment would have it.
      try await register.feed.database.transaction { transaction in
        try transaction.run("DELETE FROM feed_entry WHERE sequence > 1")
        try transaction.run("DELETE FROM feed_clock WHERE sequence > 1")
        try transaction.run("DELETE FROM thing WHERE since > 1")
        try transaction.run("UPDATE thing SET until = NULL")
        try transaction.run(
          """
          UPDATE feed_state SET last_sequence = 1,
            last_recorded = (SELECT recorded_at FROM feed_clock WHERE sequence = 1)
          """)
      }
      #expect(await refusal(register, cursor: lost)?.errorInfo?.metadata["cause"] == "HISTORY")
      clock.advance(by: .seconds(10))
      for number in 4...6 { try await register.put("words/a", "\(number)") }
      // The same number now names another change.
      #expect(await refusal(register, cursor: lost)?.errorInfo?.metadata["cause"] == "HISTORY")
      #expect(await refusal(register, cursor: known) == nil)
    }
  }

  @Test("A type that the feed does not have is named, and those that it has")
  func unknownType() async throws {
    try await withRegister { register in
      let error = await refusal(register, cursor: "", types: [Register.words, "x.Y"])
      #expect(error?.code == .invalidArgument)
      #expect(error?.reason == "RESOURCE_TYPE_UNKNOWN")
      #expect(error?.message.contains("x.Y") == true)
      #expect(error?.message.contains(Register.counts) == true)
    }
  }

  @Test("An interval below zero is none; a short or a long one is brought into the bounds")
  func intervals() async throws {
    try await withRegister { register in
      let error = await refusal(register, cursor: "", interval: .seconds(-1))
      #expect(error?.reason == "BOOKMARK_INTERVAL_INVALID")
      for (wanted, chosen) in [(0, 0), (100_000, 300), (60, 60)] {
        let duration = try register.feed.bookmarkInterval(
          GoogleProtobuf.Duration(seconds: Int64(wanted)))
        #expect(duration.components.seconds == chosen)
      }
    }
  }

  @Test("A draining server ends its streams, and the last cursor goes on elsewhere")
  func drain() async throws {
    try await withRegister { register in
      try await register.put("words/a", "1")
      var cursor = ""
      try await withServer(register) { server in
        try await withChannel(port: server.port) { channel in
          var watching = try await Watching(channel)
          _ = try await watching.steps(through: "end")
          #expect(try await watching.next() == "bookmark 1")
          let start = ContinuousClock.now
          async let over: Void = server.shutDown(grace: .seconds(10))
          let error = await failure { while try await watching.next() != "over" {} }
          #expect(error?.code == .unavailable)
          #expect(error?.reason == "DRAINING")
          await over
          #expect(start.duration(to: .now) < .seconds(5))
          cursor = watching.cursor
        }
      }
      try await register.put("words/b", "1")
      try await withServer(register) { server in
        try await withChannel(port: server.port) { channel in
          var watching = try await Watching(channel, cursor: cursor)
          #expect(
            try await watching.steps(through: "2") == ["start tail", "2 created words/b=1"])
        }
      }
      #expect(register.feed.watcherCount == 0)
    }
  }

  @Test("A feed that is drained by hand ends its streams, idle, in a snapshot or in a backlog")
  func drainedByHand() async throws {
    try await withRegister({ $0.page = PageLimit(count: 1, bytes: 1) }) { register in
      for number in 0..<5 { try await register.put("words/\(number)", "") }
      var idle = try await Watching(register.channel, tailOnly: true)
      _ = try await idle.next()
      #expect(try await idle.next() == "bookmark 5")
      var busy = try await Watching(register.channel)
      _ = try await busy.next()
      register.feed.drain()
      #expect(await failure { while try await idle.next() != "over" {} }?.reason == "DRAINING")
      #expect(await failure { while try await busy.next() != "over" {} }?.reason == "DRAINING")
      #expect(await refusal(register, cursor: busy.cursor)?.reason == "DRAINING")
    }
  }

  @Test("A stream ends with its deadline, and with its caller")
  func deadline() async throws {
    try await withRegister { register in
      var watching = try await Watching(register.channel, timeout: .milliseconds(200))
      let error = await failure { while try await watching.next() != "over" {} }
      #expect(error?.code == .deadlineExceeded)
      try await eventually { register.feed.watcherCount == 0 }
      var other: Watching? = try await Watching(register.channel)
      _ = try await other?.next()
      #expect(register.feed.watcherCount == 1)
      other = nil
      try await eventually { register.feed.watcherCount == 0 }
    }
  }

  @Test("More streams than allowed are refused")
  func tooMany() async throws {
    try await withRegister({ $0.maxWatchers = 2 }) { register in
      var watching: [Watching] = []
      for _ in 0..<2 {
        watching.append(try await Watching(register.channel))
        _ = try await watching[watching.count - 1].next()
      }
      let error = await refusal(register, cursor: "")
      #expect(error?.code == .resourceExhausted)
      #expect(error?.reason == "TOO_MANY_WATCHERS")
      watching.removeLast()
      try await eventually { register.feed.watcherCount == 1 }
      #expect(await refusal(register, cursor: "") == nil)
    }
  }
}
