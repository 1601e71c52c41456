import Messages
import Protobuf
import RPC
import Storage
import Testing
import WellKnown

@testable import ChangeFeed

/// What `WatchChanges` tells, in which order, and to whom.
@Suite struct WatchTests {
  /// Four words, one of them deleted, one back again; two counts.
  private func fill(_ register: Register) async throws {
    try await register.put("words/c", "1")
    try await register.put("words/a", "1")
    try await register.put("counts/x", "7")
    try await register.put("words/b", "1")
    try await register.delete("words/b")
    try await register.put("words/a", "2")
    try await register.put("words/d", "1")
    try await register.delete("words/d")
    try await register.put("words/d", "2")
    try await register.put("counts/y", "8")
  }

  private let snapshot = [
    "start snapshot", "6 snapshot words/a=2", "1 snapshot words/c=1", "9 snapshot words/d=2",
    "3 snapshot counts/x=7", "10 snapshot counts/y=8", "end 10",
  ]

  @Test("A snapshot of each collection by name, then the tail, as it happens")
  func snapshotThenTail() async throws {
    try await withRegister { register in
      try await fill(register)
      var watching = try await Watching(register.channel)
      #expect(try await watching.steps(through: "end") == snapshot)
      #expect(try await watching.next() == "bookmark 10")
      try await register.put("words/b", "3")
      #expect(try await watching.steps(through: "11") == ["11 undeleted words/b=3"])
      try await register.put("words/e", "1")
      try await register.delete("words/a")
      try await register.put("counts/x", "9")
      #expect(
        try await watching.steps(through: "14") == [
          "12 created words/e=1", "13 deleted words/a", "14 updated counts/x=9",
        ])
    }
  }

  @Test("The first response states what holds")
  func start() async throws {
    try await withRegister({ $0.retention.age = .seconds(90) }) { register in
      let call = try await register.channel.serverStreaming(
        Register.watchChanges, FeedV1.WatchChangesRequest())
      let response = try await call.responses.next()
      guard case .start(let start)? = response?.event else {
        Issue.record("\(String(describing: response))")
        return
      }
      #expect(start.snapshot)
      #expect(start.retention == GoogleProtobuf.Duration(seconds: 90))
      #expect(start.bookmarkInterval == GoogleProtobuf.Duration(seconds: 15))
      #expect(response?.cursor.isEmpty == false)
    }
  }

  @Test("A stream resumed from any cursor goes on as if it had not ended, a snapshot at its moment")
  func resumed() async throws {
    try await withRegister { register in
      try await fill(register)
      var whole = try await Watching(register.channel)
      var cursors: [String] = []
      for _ in snapshot {
        _ = try await whole.next()
        cursors.append(whole.cursor)
      }
      // What happens meanwhile is no part of the snapshot; it is the tail.
      try await register.delete("words/a")
      try await register.put("words/aa", "new")
      try await register.put("counts/x", "0")
      let tail = [
        "11 deleted words/a", "12 created words/aa=new", "13 updated counts/x=0",
      ]
      #expect(try await whole.steps(through: "13") == tail)
      for (index, cursor) in cursors.enumerated() {
        var resumed = try await Watching(register.channel, cursor: cursor)
        let rest = snapshot.dropFirst(index + 1)
        let start = rest.isEmpty ? "start tail" : "start snapshot"
        #expect(try await resumed.steps(through: "13") == [start] + rest + tail)
      }
      var later = try await Watching(register.channel, cursor: whole.cursor)
      #expect(try await later.next() == "start tail")
      #expect(try await later.next() == "bookmark 13")
    }
  }

  @Test("Small pages tell the same", arguments: [1, 2, 3])
  func pages(count: Int) async throws {
    try await withRegister({
      $0.page = PageLimit(count: count, bytes: 1 << 20)
      $0.recent = PageLimit(count: count, bytes: 1 << 20)
    }) { register in
      try await fill(register)
      var watching = try await Watching(register.channel)
      #expect(try await watching.steps(through: "end") == snapshot)
      try await register.feed.write { transaction, log in
        for number in 1...9 { try Register.put("words/n\(number)", "", transaction, log) }
      }
      let steps = try await watching.steps(through: "19")
      #expect(steps == (1...9).map { "\(10 + $0) created words/n\($0)=" })
    }
  }

  @Test("A page ends at its bytes")
  func bytes() async throws {
    try await withRegister({ $0.page = PageLimit(count: 1000, bytes: 1) }) { register in
      try await fill(register)
      var watching = try await Watching(register.channel)
      #expect(try await watching.steps(through: "end") == snapshot)
    }
  }

  @Test("From now on, without a snapshot")
  func tailOnly() async throws {
    try await withRegister { register in
      try await fill(register)
      var watching = try await Watching(register.channel, tailOnly: true)
      #expect(try await watching.next() == "start tail")
      try await register.put("words/z", "1")
      #expect(try await watching.steps(through: "11") == ["11 created words/z=1"])
    }
  }

  @Test("An empty feed has an empty snapshot")
  func empty() async throws {
    try await withRegister { register in
      var watching = try await Watching(register.channel)
      #expect(try await watching.steps(through: "end") == ["start snapshot", "end 0"])
      let cursor = watching.cursor
      try await register.put("words/a", "1")
      #expect(try await watching.steps(through: "1") == ["1 created words/a=1"])
      var again = try await Watching(register.channel, cursor: cursor)
      #expect(try await again.steps(through: "1") == ["start tail", "1 created words/a=1"])
    }
  }

  @Test("Only the types that are asked for; the cursor moves past the others")
  func types() async throws {
    try await withRegister { register in
      try await fill(register)
      var watching = try await Watching(
        register.channel, types: [Register.counts], interval: .milliseconds(20))
      #expect(
        try await watching.steps(through: "end") == [
          "start snapshot", "3 snapshot counts/x=7", "10 snapshot counts/y=8", "end 10",
        ])
      try await register.put("words/a", "3")
      let steps = try await watching.steps(through: "bookmark 11", bookmarks: true)
      #expect(steps.allSatisfy { $0.hasPrefix("bookmark") })
      try await register.put("counts/x", "1")
      #expect(try await watching.steps(through: "12") == ["12 updated counts/x=1"])
    }
  }

  @Test("An idle stream shows that it lives, at the interval")
  func bookmarks() async throws {
    try await withRegister { register in
      var watching = try await Watching(
        register.channel, tailOnly: true, interval: .milliseconds(50))
      _ = try await watching.next()
      let start = ContinuousClock.now
      var times: [RecordedTime] = []
      for _ in 0..<4 {
        guard case .bookmark(let mark)? = try await watching.call.responses.next()?.event,
          let time = mark.time.flatMap(RecordedTime.init)
        else {
          Issue.record("not a bookmark")
          return
        }
        times.append(time)
      }
      // The first at once; the others each an interval later, to the next look at the clock.
      #expect(start.duration(to: .now) >= .milliseconds(150))
      #expect(times == times.sorted())
      #expect(times[3].duration(to: .now) < .seconds(5))
    }
  }
}
