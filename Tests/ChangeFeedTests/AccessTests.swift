import Messages
import RPC
import Testing
import WellKnown

@testable import ChangeFeed

/// A caller hears of what it may see, and that what it saw is gone.
@Suite struct AccessTests {
  @Test("What comes into sight is created, what goes out of sight is deleted, the rest is silence")
  func tail() async throws {
    try await withRegister { register in
      var everything = try await Watching(register.channel, tailOnly: true)
      var anonymous = try await Watching(register.channel, tailOnly: true, sees: ["PUBLIC"])
      _ = try await everything.next()
      _ = try await anonymous.next()
      try await register.put("words/a", "1")
      try await register.put("words/a", "2", access: "MEMBERS")
      try await register.put("words/a", "3", access: "MEMBERS")
      try await register.put("words/a", "4")
      try await register.put("words/s", "1", access: "MEMBERS")
      try await register.delete("words/s")
      try await register.put("words/s", "2", access: "MEMBERS")
      try await register.put("words/s", "3")
      try await register.delete("words/s")
      try await register.put("words/z", "end")
      #expect(
        try await everything.steps(through: "10") == [
          "1 created words/a=1", "2 updated words/a=2", "3 updated words/a=3",
          "4 updated words/a=4", "5 created words/s=1", "6 deleted words/s",
          "7 undeleted words/s=2", "8 updated words/s=3", "9 deleted words/s",
          "10 created words/z=end",
        ])
      #expect(
        try await anonymous.steps(through: "10") == [
          "1 created words/a=1", "2 deleted words/a", "4 created words/a=4",
          "8 created words/s=3", "9 deleted words/s", "10 created words/z=end",
        ])
    }
  }

  @Test("A tombstone for what is only hidden tells nothing of the write")
  func hiddenTombstone() async throws {
    try await withRegister { register in
      let sequence = try await register.put("words/a", "1")
      try await register.put("words/a", "2", access: "MEMBERS")
      var watching = try await Watching(register.channel, sees: ["PUBLIC"])
      #expect(try await watching.steps(through: "end") == ["start snapshot", "end 2"])
      let entry = FeedEntry(
        sequence: sequence, recordedTime: .origin,
        change: ResourceChange(
          .updated, "words/a", type: "t", payload: [1], etag: "secret", access: "MEMBERS",
          accessBefore: "PUBLIC", requestID: "secret"))
      let change = FeedV1.Change(entry, FeedView("public") { $0 == "PUBLIC" })
      #expect(change?.kind == .deleted)
      #expect(change?.etag == "")
      #expect(change?.requestId == "")
      #expect(change?.resource == nil)
      let open = FeedV1.Change(entry, .everything)
      #expect(open?.etag == "secret")
      #expect(open?.requestId == "secret")
    }
  }

  @Test("A snapshot has what the caller may see")
  func snapshot() async throws {
    try await withRegister({ $0.page = PageLimit(count: 2, bytes: 1 << 20) }) { register in
      for number in 1...9 {
        try await register.put(
          "words/\(number)", "", access: number % 3 == 0 ? "PUBLIC" : "MEMBERS")
      }
      var watching = try await Watching(register.channel, sees: ["PUBLIC"])
      #expect(
        try await watching.steps(through: "end") == [
          "start snapshot", "3 snapshot words/3=", "6 snapshot words/6=", "9 snapshot words/9=",
          "end 9",
        ])
    }
  }

  @Test("Nobody hears for long of what is hidden; the cursor moves on")
  func hiddenBacklog() async throws {
    try await withRegister({ $0.page = PageLimit(count: 2, bytes: 1 << 20) }) { register in
      var first = try await Watching(register.channel, tailOnly: true, sees: ["PUBLIC"])
      _ = try await first.next()
      for number in 1...50 { try await register.put("words/\(number)", "", access: "MEMBERS") }
      var watching = try await Watching(
        register.channel, cursor: first.cursor, interval: .milliseconds(20), sees: ["PUBLIC"])
      let steps = try await watching.steps(through: "bookmark 50", bookmarks: true)
      #expect(steps.first == "start tail")
      #expect(steps.dropFirst().allSatisfy { $0.hasPrefix("bookmark") })
    }
  }

  @Test("The cursor of other rights, or of other types, is refused")
  func otherView() async throws {
    try await withRegister { register in
      try await register.put("words/a", "1")
      var given = try await Watching(register.channel, sees: ["PUBLIC"])
      _ = try await given.steps(through: "end")
      for (types, sees) in [
        ([], []), ([], ["MEMBERS"]), ([Register.words], ["PUBLIC"]),
        ([Register.counts], ["PUBLIC"]),
      ] as [([String], [String])] {
        let error = await failure {
          var other = try await Watching(
            register.channel, cursor: given.cursor, types: types, sees: sees)
          _ = try await other.next()
        }
        #expect(error?.reason == "CURSOR_FOREIGN")
        #expect(error?.errorInfo?.metadata["cause"] == "VIEW")
      }
      var same = try await Watching(
        register.channel, cursor: given.cursor, types: [Register.counts, Register.words],
        sees: ["PUBLIC"])
      #expect(try await same.next() == "start tail")
    }
  }

  @Test("What was restricted later is not told from memory, nor from the log")
  func restriction() async throws {
    try await withRegister { register in
      var early = try await Watching(register.channel, tailOnly: true, sees: ["PUBLIC"])
      _ = try await early.next()
      try await register.put("words/a", "1")
      try await register.put("words/b", "1")
      _ = try await early.steps(through: "2")
      let tail = register.feed.tail
      let page = register.feed.settings.page
      try await eventually {
        try await register.put("words/b", "2")
        guard case .entries? = tail.look(after: try await register.end() - 1, page) else {
          return false
        }
        return true
      }
      let before = try await register.end()
      try await register.feed.write { transaction, log in
        try Register.put("words/a", "2", access: "MEMBERS", transaction, log)
        try log.restrict("words/a", from: ["PUBLIC"], to: "MEMBERS")
      }
      if case .entries? = tail.look(after: before - 1, page) {
        Issue.record("what was read before the restriction is still told")
      }
      try await register.put("words/z", "end")
      var late = try await Watching(
        register.channel, cursor: early.cursorAtStart, sees: ["PUBLIC"])
      let steps = try await late.steps(through: "\(before + 2)")
      #expect(!steps.contains { $0.contains("words/a=") })
      #expect(steps.contains("\(before + 1) deleted words/a"))
      #expect(steps.contains("2 created words/b=1"))
    }
  }
}
