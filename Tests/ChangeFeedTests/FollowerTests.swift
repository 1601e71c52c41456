import Messages
import RPC
import Storage
import Synchronization
import Testing
import WellKnown

@testable import ChangeFeed

/// The consumer's side: its rows are what the service has, whatever happens on the way.
@Suite struct FollowerTests {
  @Test("A follower takes in the snapshot, then the tail")
  func follows() async throws {
    try await withRegister { register in
      try await withConsumer { consumer in
        for number in 1...5 { try await register.put("words/\(number)", "\(number)") }
        try await register.put("counts/x", "1")
        let follower = consumer.follower(register.channel)
        #expect(follower.status.phase == .stopped)
        #expect(follower.status.age() == nil)
        try await following(follower) {
          try await consumer.catchUp(with: register)
          try await register.delete("words/3")
          try await register.put("words/6", "new")
          try await register.put("words/1", "other")
          try await consumer.catchUp(with: register)
          #expect(try await consumer.heard() == [7, 8, 9])
          #expect(try await consumer.database.read { try consumer.projection.isWhole($0) })
          #expect(follower.status.phase == .following)
          #expect(follower.status.snapshots == 1)
        }
        #expect(follower.status.phase == .stopped)
      }
    }
  }

  @Test("A follower that was stopped goes on where it was")
  func resumes() async throws {
    try await withRegister { register in
      try await withConsumer { consumer in
        try await register.put("words/a", "0")
        for number in 1...10 {
          let follower = consumer.follower(register.channel)
          try await following(follower) { try await consumer.catchUp(with: register) }
          #expect(follower.status.snapshots == (number == 1 ? 1 : 0))
          try await register.put("words/a", "\(number)")
        }
        #expect(try await consumer.heard() == Array(2...10))
      }
    }
  }

  @Test(
    "A lost place is made good by a snapshot, and meanwhile nothing is missing",
    arguments: ["expired", "foreign", "garbled"])
  func resynchronizes(how: String) async throws {
    try await withRegister({
      $0.retention = Retention(age: .zero, count: 1)
      $0.page = PageLimit(count: 3, bytes: 1 << 20)
    }) { register in
      try await withConsumer { consumer in
        for number in 10...60 { try await register.put("words/\(number)", "") }
        try await following(consumer.follower(register.channel)) {
          try await consumer.catchUp(with: register)
        }
        for number in 10...15 { try await register.delete("words/\(number)") }
        for number in 61...65 { try await register.put("words/\(number)", "") }
        switch how {
        case "expired": try await register.feed.trim()
        case "foreign":
          try await register.feed.database.transaction { try ChangeLog($0).renewEpoch() }
        default:
          _ = try await consumer.database.transaction {
            try $0.run("UPDATE projection_feed SET cursor = 'x'")
          }
        }
        let lows = Mutex(Int.max)
        let watcher = Task {
          while true {
            let count = try await consumer.contents().count
            lows.withLock { $0 = min($0, count) }
          }
        }
        let follower = consumer.follower(register.channel) {
          $0.batch = PageLimit(count: 2, bytes: 1 << 20)
        }
        try await following(follower) { try await consumer.catchUp(with: register) }
        watcher.cancel()
        #expect(follower.status.snapshots == 1)
        #expect(lows.withLock { $0 } >= 45, "what stays was there all the time")
      }
    }
  }

  @Test("A snapshot that was interrupted at any place is gone on with, and sweeps rightly")
  func interruptedSnapshot() async throws {
    try await withRegister({ $0.page = PageLimit(count: 2, bytes: 1 << 20) }) { register in
      try await withConsumer { consumer in
        for number in 10...29 { try await register.put("words/\(number)", "") }
        // Rows of an earlier time that the snapshot will not name.
        try await consumer.projection.apply(
          FeedBatch(
            beginsSnapshot: true,
            changes: (1...3).map {
              FeedV1.Change(
                kind: .snapshot, resourceName: "words/old\($0)", resource: .init(typeUrl: "/x"))
            }, endsSnapshot: true, cursor: ""))
        let cutting = CuttingInvoker(register.channel) { _ in 3 }
        let follower = consumer.follower(cutting)
        try await following(follower) { try await consumer.catchUp(with: register) }
        #expect(follower.status.snapshots == 1)
        #expect(cutting.cuts >= 6)
        #expect(try await consumer.contents().count == 20)
      }
    }
  }

  @Test("Two followers of one feed do not know of one another")
  func two() async throws {
    try await withRegister { register in
      try await withConsumer { first in
        try await withConsumer { second in
          try await following(first.follower(register.channel)) {
            try await register.put("words/a", "1")
            try await first.catchUp(with: register)
            try await following(second.follower(register.channel)) {
              for number in 1...50 { try await register.put("words/\(number)", "") }
              try await first.catchUp(with: register)
              try await second.catchUp(with: register)
            }
            try await register.delete("words/a")
            try await first.catchUp(with: register)
            #expect(try await second.contents()["words/a"] != nil)
          }
        }
      }
    }
  }

  @Test("A slow sink holds back the stream, and nothing piles up")
  func slowSink() async throws {
    try await withRegister { register in
      try await withConsumer { consumer in
        let sink = SlowSink(consumer.projection)
        var settings = FollowerSettings()
        settings.batch = PageLimit(count: 10, bytes: 1 << 20)
        settings.bookmarkInterval = .milliseconds(100)
        settings.silence = .seconds(2)
        let follower = FeedFollower(
          register.channel, Register.watchChanges, into: sink, settings: settings)
        try await following(follower) {
          for number in 1...200 { try await register.put("words/\(number)", "") }
          try await consumer.catchUp(with: register)
        }
        #expect(sink.largest == 10)
        #expect(follower.status.streams == 1, "a slow sink is not a silent service")
      }
    }
  }

  @Test("A sink that fails loses nothing: the batch comes again")
  func failingSink() async throws {
    try await withRegister { register in
      try await withConsumer { consumer in
        let errors = Mutex<[RPCError]>([])
        let sink = FailingSink(consumer.projection)
        var settings = FollowerSettings()
        settings.backoff = Backoff(initial: .milliseconds(1), maximum: .milliseconds(5))
        settings.onError = { error in errors.withLock { $0.append(error) } }
        let follower = FeedFollower(
          register.channel, Register.watchChanges, into: sink, settings: settings)
        try await following(follower) {
          for number in 1...100 {
            try await register.put("words/\(number % 10)", "\(number)")
            if number % 10 == 0 { try await Task.sleep(for: .milliseconds(2)) }
          }
          try await consumer.catchUp(with: register)
        }
        #expect(errors.withLock { $0.count } > 3)
        #expect(errors.withLock { $0.allSatisfy { $0.code == .internal } })
      }
    }
  }

  @Test("A sink that always fails is tried ever less often, though the service is heard each time")
  func brokenSink() async throws {
    try await withRegister { register in
      try await register.put("words/a", "1")
      var settings = FollowerSettings()
      settings.backoff = Backoff(
        initial: .milliseconds(20), multiplier: 2, jitter: 0, maximum: .seconds(10))
      let follower = FeedFollower(
        register.channel, Register.watchChanges, into: BrokenSink(), settings: settings)
      try await following(follower) {
        try await eventually { follower.status.streams >= 3 }
        try await Task.sleep(for: .milliseconds(900))
      }
      #expect(follower.status.streams < 10)
    }
  }
}

/// Takes in nothing.
private struct BrokenSink: FeedSink {
  struct Failure: Error {}

  func cursor() async throws -> String? { nil }
  func isWhole() async throws -> Bool { false }
  func apply(_ batch: FeedBatch) async throws { throw Failure() }
}

/// Takes its time.
private final class SlowSink: FeedSink {
  private let sink: any FeedSink
  private let state = Mutex((largest: 0, batches: 0))

  init(_ sink: any FeedSink) { self.sink = sink }

  var largest: Int { state.withLock { $0.largest } }
  func cursor() async throws -> String? { try await sink.cursor() }
  func isWhole() async throws -> Bool { try await sink.isWhole() }

  func apply(_ batch: FeedBatch) async throws {
    let isSlow = state.withLock { state in
      state.largest = max(state.largest, batch.changes.count)
      state.batches += 1
      return state.batches == 2
    }
    // Longer than a service may be silent.
    if isSlow { try await Task.sleep(for: .milliseconds(2500)) }
    try await sink.apply(batch)
  }
}

/// Fails every second time, before or after it did its work.
private final class FailingSink: FeedSink {
  private let sink: any FeedSink
  private let count = Mutex(0)

  struct Failure: Error {}

  init(_ sink: any FeedSink) { self.sink = sink }

  func cursor() async throws -> String? { try await sink.cursor() }
  func isWhole() async throws -> Bool { try await sink.isWhole() }

  func apply(_ batch: FeedBatch) async throws {
    let number = count.withLock { count in
      count += 1
      return count
    }
    if number % 4 == 1 { throw Failure() }
    try await sink.apply(batch)
    if number % 4 == 3 { throw Failure() }
  }
}
