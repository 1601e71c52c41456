import ChangeFeed
import Messages
import RPC
import Storage
import Synchronization
import Testing

/// A thousand streams cost the store as much as one.
@Suite struct ManyWatchersTests {
  @Test("A thousand idle streams do not ask the store each; a change reaches all of them")
  func thousand() async throws {
    let reads = Counter()
    var options = StorageOptions()
    options.onEvent = { event in if event.kind == .read { reads.add() } }
    try await withRegister({ $0.pollInterval = .milliseconds(250) }, options: options) {
      register in
      let channel = register.channel
      let count = 1000
      let heard = Counter()
      try await withThrowingTaskGroup { group in
        for _ in 0..<count {
          group.addTask {
            var watching = try await Watching(channel, tailOnly: true)
            _ = try await watching.next()
            #expect(try await watching.next() == "bookmark 0")
            heard.add()
            #expect(
              try await watching.steps(through: "5")
                == (1...5).map {
                  "\($0) \($0 == 1 ? "created" : "updated") words/a=\($0)"
                })
          }
        }
        try await eventually { heard.value == count }
        let (before, start) = (reads.value, ContinuousClock.now)
        try await Task.sleep(for: .seconds(1))
        // A look every 250 ms, and one that may just have begun.
        let looks = Int(start.duration(to: .now) / .milliseconds(250))
        #expect(reads.value - before <= looks + 2)
        let idle = reads.value
        for number in 1...5 { try await register.put("words/a", "\(number)") }
        try await group.waitForAll()
        #expect(reads.value - idle < 100)
      }
      try await eventually { register.feed.watcherCount == 0 }
      try await Task.sleep(for: .milliseconds(300))
      let after = reads.value
      try await Task.sleep(for: .milliseconds(600))
      #expect(reads.value == after, "the store is looked at for nobody")
    }
  }

  @Test("A stream that is not read holds back itself alone")
  func slowReader() async throws {
    try await withRegister({ $0.recent = PageLimit(count: 10, bytes: 1 << 20) }) { register in
      var slow = try await Watching(register.channel, tailOnly: true)
      var quick = try await Watching(register.channel, tailOnly: true)
      _ = try await slow.next()
      _ = try await quick.next()
      let expected = (1...300).map { "\($0) created words/\($0)=" }
      for number in 1...300 {
        try await register.put("words/\(number)", "")
        if number % 50 == 0 {
          let steps = try await quick.steps(through: "\(number) ")
          #expect(steps == Array(expected[(number - 50)..<number]))
        }
      }
      #expect(try await slow.steps(through: "300 ") == expected)
    }
  }

  @Test("What another process wrote is found by looking")
  func otherWriter() async throws {
    try await withRegister { register in
      var watching = try await Watching(register.channel, tailOnly: true)
      _ = try await watching.next()
      // Not through the feed: nobody is told.
      try await register.feed.database.transaction { transaction in
        _ = try Register.put("words/a", "1", transaction, ChangeLog(transaction))
      }
      #expect(try await watching.steps(through: "1") == ["1 created words/a=1"])
    }
  }
}

final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  var value: Int { count.load(ordering: .sequentiallyConsistent) }
  func add() { count.add(1, ordering: .sequentiallyConsistent) }
}
