package import Messages
package import RPC
internal import Synchronization
internal import WellKnown

/// Follows another service's `WatchChanges`, for as long as it runs, and hands what it hears to a
/// sink together with the cursor.
///
/// Every end of a stream is met by going on from the kept cursor, after a growing pause if nothing
/// was heard or the sink took in nothing. A cursor that the service no longer takes is met by a new
/// snapshot, during which what was known stays.
package final class FeedFollower: Sendable {
  package typealias Method = MethodDescriptor<
    FeedV1.WatchChangesRequest, FeedV1.WatchChangesResponse
  >

  private let invoker: any CallInvoker
  private let method: Method
  private let sink: any FeedSink
  private let settings: FollowerSettings
  private let state = Mutex(FollowerStatus())

  package init(
    _ invoker: any CallInvoker, _ method: Method, into sink: any FeedSink,
    settings: FollowerSettings = FollowerSettings()
  ) {
    self.invoker = invoker
    self.method = method
    self.sink = sink
    self.settings = settings
  }

  package var status: FollowerStatus { state.withLock { $0 } }

  /// Whether everything that the service has was ever known here, by an earlier process too.
  package func isWhole() async throws -> Bool { try await sink.isWhole() }

  /// For rules that a stale answer would break: throws UNAVAILABLE unless everything that the
  /// service did until `age` ago is known here.
  package func requireFresh(within age: Duration) throws(RPCError) {
    if let known = status.age(), known <= age { return }
    throw RPCError(
      .unavailable, "what is known here of \(method.name.service) is too old to decide on"
    ).reason("PROJECTION_STALE", ["service": method.name.service])
  }

  /// Follows until its task is cancelled. To be run once at a time.
  package func run() async {
    var random = SystemRandomNumberGenerator()
    var failures = 0
    var startsAnew = false
    defer { state.withLock { $0.phase = .stopped } }
    while !Task.isCancelled {
      state.withLock { $0.phase = .connecting }
      let outcome = await followOnce(startingAnew: startsAnew)
      guard !Task.isCancelled else { return }
      state.withLock { $0.lastError = outcome.error }
      if let error = outcome.error { settings.onError(error) }
      startsAnew = startsAnew && !outcome.wentWell || outcome.error?.endsCursor == true
      failures = outcome.wentWell ? 0 : failures + 1
      let pause = settings.backoff.delay(afterFailures: failures, using: &random)
      try? await Task.sleep(for: pause)
    }
  }

  private struct Outcome {
    var wentWell = false
    var error: RPCError?
  }

  /// One stream from beginning to end.
  private func followOnce(startingAnew: Bool) async -> Outcome {
    let listening = Listening(settings.silence)
    do {
      let kept = startingAnew ? nil : try await sink.cursor()
      let cursor = kept?.isEmpty == true ? nil : kept
      var request = FeedV1.WatchChangesRequest(
        cursor: cursor ?? "", resourceTypes: settings.resourceTypes)
      request.bookmarkInterval = settings.bookmarkInterval.message
      let call = try await invoker.serverStreaming(
        method, request, try await settings.options())
      state.withLock { $0.streams += 1 }
      try await takeIn(call, listening, isNew: cursor == nil)
      return Outcome(wentWell: listening.hasGoneWell, error: nil)
    } catch let error as RPCError {
      return Outcome(wentWell: listening.hasGoneWell, error: error)
    } catch {
      let sentence = "what was heard could not be taken in: \(error)"
      return Outcome(wentWell: listening.hasGoneWell, error: RPCError(.internal, sentence))
    }
  }

  /// Reads and takes in at the same time, and gives up a stream that fell silent.
  private func takeIn(_ call: Call, _ listening: Listening, isNew: Bool) async throws {
    let box = Mailbox<FeedV1.WatchChangesResponse>(settings.batch)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        do {
          while let response = try await listening.next({ try await call.responses.next() }) {
            try await box.put(response, bytes: response.byteCount)
          }
          box.finish()
        } catch {
          box.finish(error)
        }
        return false
      }
      group.addTask { try await listening.untilSilence() }
      group.addTask { [self] in
        while let responses = try await box.takeAll() {
          try await apply(responses, listening, isNew: isNew)
        }
        return true
      }
      defer { group.cancelAll() }
      while let isOver = try await group.next(), !isOver {}
    }
  }

  private typealias Call = ClientCall<FeedV1.WatchChangesRequest, FeedV1.WatchChangesResponse>

  private func apply(
    _ responses: [FeedV1.WatchChangesResponse], _ listening: Listening, isNew: Bool
  ) async throws {
    var batch = FeedBatch()
    var bookmark: FeedV1.Bookmark?
    for response in responses {
      switch response.event {
      case .start(let start):
        guard start.snapshot || !isNew else { throw Self.noSnapshot }
        batch.beginsSnapshot = isNew
        state.withLock { $0.phase = start.snapshot ? .snapshot : .following }
      case .change(let change): batch.changes.append(change)
      case .snapshotEnd: batch.endsSnapshot = true
      case .bookmark(let mark): bookmark = mark
      case nil: break
      }
      if !response.cursor.isEmpty { batch.cursor = response.cursor }
    }
    let heard = ContinuousClock.now
    if batch != FeedBatch(cursor: appliedCursor) {
      try await listening.noting { try await sink.apply(batch) }
    }
    note(batch, bookmark, heard)
  }

  private static let noSnapshot = RPCError(
    .internal, "the service began without a snapshot, though it was given no cursor")

  private var appliedCursor: String { state.withLock { $0.cursor } }

  private func note(
    _ batch: FeedBatch, _ bookmark: FeedV1.Bookmark?, _ heard: ContinuousClock.Instant
  ) {
    state.withLock { state in
      state.cursor = batch.cursor
      state.changes += Int64(batch.changes.count)
      if batch.beginsSnapshot { state.snapshots += 1 }
      if batch.endsSnapshot { state.phase = .following }
      guard let bookmark else { return }
      state.sequence = bookmark.sequence
      guard let time = bookmark.time.flatMap(RecordedTime.init) else { return }
      state.knowledge = FollowerStatus.Knowledge(time: time, heard: heard)
      state.lastError = nil
    }
  }
}

extension RPCError {
  /// The cursor is of no use any more: only a snapshot helps.
  fileprivate var endsCursor: Bool {
    [CursorError.expiredReason, CursorError.foreignReason, CursorError.invalidReason]
      .contains(reason)
  }
}

extension FeedV1.WatchChangesResponse {
  /// About what it takes in memory.
  fileprivate var byteCount: Int {
    guard case .change(let change) = event else { return 256 }
    return 512 + (change.resource?.value.count ?? 0)
  }
}
