package import Messages
package import Protobuf
package import RPC
package import Storage
internal import Synchronization

/// The feed of a service: what handlers write through, and what its `WatchChanges` answers from.
///
///     try await feed.write(once: key, validateOnly: request.validateOnly) { transaction, log in
///       … log.append(change) …
///     }
///     try await feed.watch(request, responses, context, view)
package final class FeedServer: Sendable {
  package let database: any Database
  package let settings: FeedSettings
  let collections: [FeedCollection]
  let tail: Tail
  private let writes = WritesUnderWay()
  private let clock: @Sendable () -> RecordedTime

  /// Opens the feed of a store, and names it if it is new.
  package init(
    _ database: any Database, _ collections: [FeedCollection],
    settings: FeedSettings = FeedSettings(),
    clock: @escaping @Sendable () -> RecordedTime = { .now }
  ) async throws {
    precondition(
      !collections.isEmpty && Set(collections.map(\.tag)).count == collections.count,
      "a feed has collections, each under a name of its own")
    self.database = database
    self.collections = collections
    self.settings = settings
    self.clock = clock
    let limit = settings.recent
    tail = Tail(settings) { after in
      let time = clock()
      return try await database.read { transaction in
        let log = ChangeLog(transaction, now: time)
        let entries = try after.map { try log.page(after: $0, limit) }
        return Tail.Reading(entries: entries ?? [], end: try log.end().sequence, time: time)
      }
    }
    let epoch = UInt64.random(in: .min ... .max)
    try await database.transaction { try ChangeLog.prepare($0, epoch: epoch) }
  }

  var now: RecordedTime { clock() }

  /// Streams at the moment.
  package var watcherCount: Int { tail.watcherCount }

  /// Runs a write and its changes as one transaction; when it returns, all is durable and those
  /// that watch are told. The body may run again.
  package func write<Result: Sendable>(
    validateOnly: Bool = false,
    _ body: @escaping @Sendable (any Transaction, ChangeLog) throws -> Result
  ) async throws -> Result {
    let restriction = Restriction()
    let number = writes.begin()
    // Told after a failure as well: a commit whose outcome is not known may have happened.
    defer {
      if restriction.isMade { tail.restricted() }
      tail.changed()
      writes.end(number)
    }
    do {
      return try await database.transaction { [clock] transaction in
        let log = ChangeLog(transaction, now: clock())
        let result = try body(transaction, log)
        if log.hasRestricted { restriction.make() }
        guard !validateOnly else { throw Rehearsal(result: result) }
        return result
      }
    } catch let rehearsal as Rehearsal<Result> {
      return rehearsal.result
    }
  }

  /// Returns when the writes that have begun by now have ended: what begins later is recorded
  /// later than now.
  package func settle() async throws { try await writes.settle() }

  /// A write that happens once for each key: its repetition gets the same answer, across restarts.
  /// A rehearsal neither asks for the answer nor leaves one.
  package func write<Response: Message>(
    once key: RequestKey?, validateOnly: Bool = false,
    _ body: @escaping @Sendable (any Transaction, ChangeLog) throws -> Response
  ) async throws -> Response {
    guard let key, !validateOnly else { return try await write(validateOnly: validateOnly, body) }
    return try await write { [clock] transaction, log in
      let requests = RequestLog(transaction)
      if let response = try requests.claim(key, at: clock()) {
        return try RPCError.decoding(Response.self, from: response, .standard)
      }
      let response = try body(transaction, log)
      try requests.answer(key, response.encoded())
      return response
    }
  }

  /// Answers a `WatchChanges` call until its caller, its deadline or the server ends it.
  package func watch(
    _ request: FeedV1.WatchChangesRequest,
    _ responses: ResponseWriter<FeedV1.WatchChangesResponse>, _ context: CallContext,
    _ view: FeedView
  ) async throws {
    guard tail.join() else {
      throw RPCError(.resourceExhausted, "the feed has \(settings.maxWatchers) streams already")
        .reason("TOO_MANY_WATCHERS")
    }
    defer { tail.leave() }
    try await withThrowingTaskGroup { group in
      group.addTask { [self] in
        var stream = try FeedStream(self, request, responses, view)
        try await stream.run()
      }
      group.addTask {
        try await context.draining()
        throw Self.draining
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  static let draining = RPCError(
    .unavailable, "the server is stopping; go on elsewhere with the last cursor"
  ).reason("DRAINING")

  /// Ends all streams, for good.
  package func drain() { tail.close() }

  /// Deletes what may go, in small steps, until nothing more may; returns how many entries went.
  @discardableResult package func trim() async throws -> Int {
    var total = 0
    while true {
      let now = clock()
      let trimmed = try await database.transaction { [settings] transaction in
        let entries = try ChangeLog(transaction, now: now)
          .trim(settings.retention, now: now, limit: settings.trimStep)
        let requests = try RequestLog(transaction)
          .trim(olderThan: settings.requestRetention, now: now, limit: settings.trimStep)
        return (entries: entries, requests: requests)
      }
      total += trimmed.entries
      guard trimmed != (0, 0) else { return total }
      try Task.checkCancellation()
    }
  }
}

/// Carries word out of a transaction that it hid what was to be seen.
private final class Restriction: Sendable {
  private let made = Atomic(false)

  var isMade: Bool { made.load(ordering: .relaxed) }
  func make() { made.store(true, ordering: .relaxed) }
}

/// Carries the result of a write out of the transaction that is undone.
private struct Rehearsal<Result: Sendable>: Error {
  let result: Result
}
