internal import Messages
internal import RPC
internal import Synchronization

/// Notes when a stream was last heard, how long it has been waited for since, and how it goes.
final class Listening: Sendable {
  private struct State {
    var hasHeard = false
    var hasTakenIn = false
    var isRefused = false
    /// Nil while nobody waits for the stream: a full mailbox is not its silence.
    var waitingSince: ContinuousClock.Instant?
    var limit: Duration
  }

  private let state: Mutex<State>

  init(_ limit: Duration) { state = Mutex(State(limit: limit)) }

  /// Something was heard; and if the sink refused some of it, it took in something before.
  var hasGoneWell: Bool {
    state.withLock { $0.hasTakenIn || $0.hasHeard && !$0.isRefused }
  }

  /// Lets a sink take something in, and notes whether it does.
  func noting(_ takingIn: () async throws -> Void) async throws {
    do {
      try await takingIn()
    } catch {
      state.withLock { $0.isRefused = true }
      throw error
    }
    state.withLock { $0.hasTakenIn = true }
  }

  func next(
    _ response: () async throws -> FeedV1.WatchChangesResponse?
  ) async throws -> FeedV1.WatchChangesResponse? {
    state.withLock { $0.waitingSince = .now }
    defer { state.withLock { $0.waitingSince = nil } }
    guard let response = try await response() else { return nil }
    state.withLock { state in
      state.hasHeard = true
      if case .start(let start) = response.event, let interval = start.bookmarkInterval?.duration {
        state.limit = max(state.limit, interval * Self.intervals)
      }
    }
    return response
  }

  /// Bookmarks that may be missing in a row.
  private static let intervals = 3

  /// Throws when nothing was heard for too long.
  func untilSilence() async throws -> Never {
    while true {
      let (since, limit) = state.withLock { ($0.waitingSince, $0.limit) }
      try await Task.sleep(until: (since ?? .now) + limit, clock: .continuous)
      let isSilent = state.withLock { $0.waitingSince == since && since != nil }
      guard !isSilent else {
        throw RPCError(.unavailable, "the feed said nothing for \(limit)").reason("FEED_SILENT")
      }
    }
  }
}
