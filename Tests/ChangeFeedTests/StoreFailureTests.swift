import RPC
import Storage
import Synchronization
import Testing

@testable import ChangeFeed

/// A store that fails for a while: streams say so, nothing is lost, and all goes on after it.
@Suite struct StoreFailureTests {
  @Test("Streams end when the store fails, and followers go on when it is back")
  func fails() async throws {
    let errors = Counter()
    let store = FailingStore(
      try await SQLiteDatabase.open(.memory, migrations: Register.migrations))
    var settings = FeedSettings()
    settings.pollInterval = .milliseconds(50)
    settings.bookmarkIntervals = .milliseconds(20)...(.seconds(300))
    settings.onError = { _ in errors.add() }
    let register = try await Register(store, settings)
    try await withConsumer { consumer in
      let follower = consumer.follower(register.channel)
      try await register.put("words/a", "1")
      try await following(follower) {
        try await consumer.catchUp(with: register)
        for round in 0..<5 {
          let streams = follower.status.streams
          store.fail(true)
          await #expect(throws: StorageError.unavailable("for the test")) {
            try await register.put("words/a", "lost")
          }
          try await eventually { follower.status.streams > streams + 1 }
          store.fail(false)
          try await register.put("words/\(round)", "kept")
          try await consumer.catchUp(with: register)
        }
        #expect(try await consumer.heard() == [2, 3, 4, 5, 6])
      }
    }
    #expect(errors.value > 0)
    await store.close()
  }

  @Test("A commit whose outcome is not known is told to those that watch")
  func outcomeUnknown() async throws {
    let store = FailingStore(
      try await SQLiteDatabase.open(.memory, migrations: Register.migrations))
    var settings = FeedSettings()
    settings.pollInterval = .seconds(3600)
    let register = try await Register(store, settings)
    var watching = try await Watching(register.channel, tailOnly: true)
    _ = try await watching.next()
    #expect(try await watching.next() == "bookmark 0")
    store.loseAnswers(true)
    await #expect(throws: StorageError.outcomeUnknown("for the test")) {
      try await register.put("words/a", "1")
    }
    #expect(try await watching.steps(through: "1") == ["1 created words/a=1"])
    await store.close()
  }
}

/// A real store that can be made to fail.
private final class FailingStore: Database {
  private let store: any Database
  private let state = Mutex((isFailing: false, losesAnswers: false))

  init(_ store: any Database) { self.store = store }

  func fail(_ isFailing: Bool) { state.withLock { $0.isFailing = isFailing } }
  func loseAnswers(_ losesAnswers: Bool) { state.withLock { $0.losesAnswers = losesAnswers } }

  private func check() throws {
    guard !state.withLock({ $0.isFailing }) else { throw StorageError.unavailable("for the test") }
  }

  func transaction<R: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> R
  ) async throws -> R {
    try check()
    let result = try await store.transaction(body)
    guard !state.withLock({ $0.losesAnswers }) else {
      throw StorageError.outcomeUnknown("for the test")
    }
    return result
  }

  func read<R: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> R
  ) async throws -> R {
    try check()
    return try await store.read(body)
  }

  func close() async { await store.close() }
}
