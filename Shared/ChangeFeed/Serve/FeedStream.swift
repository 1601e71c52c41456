internal import Messages
internal import RPC
internal import Storage
internal import WellKnown

/// One call of `WatchChanges`: a snapshot unless the cursor is past it, then the tail without end.
struct FeedStream {
  private let server: FeedServer
  private let request: FeedV1.WatchChangesRequest
  private let responses: ResponseWriter<FeedV1.WatchChangesResponse>
  private let view: FeedView
  private let collections: [FeedCollection]
  private let types: Set<String>
  private let interval: Duration

  /// When the consumer last learned how far the stream is.
  private var lastBookmark: ContinuousClock.Instant?
  /// Up to when the consumer was told that it knows everything.
  private var lastTime = RecordedTime.origin
  /// Something was sent since.
  private var hasSentChanges = false

  init(
    _ server: FeedServer, _ request: FeedV1.WatchChangesRequest,
    _ responses: ResponseWriter<FeedV1.WatchChangesResponse>, _ view: FeedView
  ) throws {
    self.server = server
    self.request = request
    self.responses = responses
    self.view = view
    collections = try server.collections(of: request.resourceTypes)
    types = Set(collections.map(\.type))
    interval = try server.bookmarkInterval(request.bookmarkInterval)
  }

  mutating func run() async throws {
    var cursor = try await start()
    try await send(
      cursor,
      .start(
        FeedV1.FeedStart(
          snapshot: cursor.snapshot != nil, retention: server.settings.retention.age.message,
          bookmarkInterval: interval.message)))
    while let place = cursor.snapshot { cursor = try await sendSnapshot(cursor, place) }
    while true { try await sendTail(&cursor) }
  }

  private func send(_ cursor: Cursor, _ event: FeedV1.WatchChangesResponse.Event) async throws {
    guard !server.tail.isClosed else { throw FeedServer.draining }
    try await responses.send(FeedV1.WatchChangesResponse(cursor: cursor.text, event: event))
  }

  /// The place that the request's cursor names, if this feed still knows it.
  private func start() async throws -> Cursor {
    let tag = view.tag(collections)
    let (request, settings, collections) = (request, server.settings, collections)
    var given: Cursor?
    if !request.cursor.isEmpty {
      guard let cursor = Cursor(text: request.cursor) else { throw CursorError.invalid }
      given = cursor
    }
    return try await server.database.read { [given] transaction in
      let log = ChangeLog(transaction)
      let state = try log.state()
      if let given {
        try given.check(log, state, view: tag, collections, settings.retention)
        return given
      }
      let place = Cursor.SnapshotPlace(collection: collections.first?.tag ?? 0, after: "")
      return Cursor(
        epoch: state.epoch, view: tag, point: state.last,
        snapshot: request.tailOnly ? nil : place)
    }
  }

  // The snapshot.

  /// Sends what is left of a collection and returns where the next one begins, or the tail.
  private func sendSnapshot(_ start: Cursor, _ place: Cursor.SnapshotPlace) async throws -> Cursor {
    guard let index = collections.firstIndex(where: { $0.tag == place.collection }) else {
      throw CursorError.foreign(.view)
    }
    let collection = collections[index]
    var cursor = start
    var after = place.after
    while true {
      let page = try await snapshotPage(of: collection, start.point, after: after)
      guard let last = page.last else { break }
      for resource in page {
        cursor.snapshot?.after = resource.name
        guard view.sees(resource.access) else { continue }
        try await send(cursor, .change(FeedV1.Change(resource, type: collection.type)))
      }
      after = last.name
    }
    guard index + 1 < collections.count else {
      cursor.snapshot = nil
      try await send(
        cursor, .snapshotEnd(FeedV1.SnapshotEnd(sequence: cursor.point.sequence)))
      return cursor
    }
    cursor.snapshot = Cursor.SnapshotPlace(collection: collections[index + 1].tag, after: "")
    return cursor
  }

  private func snapshotPage(of collection: FeedCollection, _ point: FeedPoint, after: String)
    async throws -> [SnapshotResource]
  {
    let settings = server.settings
    let page = SnapshotPage(point: point, after: after, limit: settings.page.count)
    return try await server.database.read { transaction in
      let trimmed = try ChangeLog(transaction).state().trimmed.sequence
      guard point.sequence >= trimmed else {
        throw CursorError.expired(oldest: trimmed + 1, retention: settings.retention)
      }
      return try collection.resources(page, transaction, bytes: settings.page.bytes)
    }
  }

  // The tail.

  /// Sends what comes next, or waits for it.
  private mutating func sendTail(_ cursor: inout Cursor) async throws {
    switch try await server.next(after: cursor.point.sequence) {
    case .entries(let entries):
      for entry in entries {
        cursor.point = FeedPoint(sequence: entry.sequence, recordedTime: entry.recordedTime)
        guard types.contains(entry.change.type), let change = FeedV1.Change(entry, view) else {
          continue
        }
        try await send(cursor, .change(change))
        hasSentChanges = true
      }
      // Far from the end and with nothing to say for long, a stream still shows that it lives.
      guard !hasSentChanges, bookmarkDue <= .now else { return }
      try await sendBookmark(cursor, time: min(cursor.point.recordedTime, server.now))
    case .end(let time):
      if bookmarkDue <= .now { try await sendBookmark(cursor, time: time) }
      guard !server.tail.isClosed else { throw FeedServer.draining }
      try await server.tail.wait(after: cursor.point.sequence, until: bookmarkDue)
    }
  }

  private mutating func sendBookmark(_ cursor: Cursor, time: RecordedTime) async throws {
    // Two readers of the store may know different ends; what was once known stays known.
    lastTime = max(lastTime, time)
    let bookmark = FeedV1.Bookmark(sequence: cursor.point.sequence, time: lastTime.timestamp)
    try await send(cursor, .bookmark(bookmark))
    lastBookmark = .now
    hasSentChanges = false
  }

  private var bookmarkDue: ContinuousClock.Instant {
    guard let lastBookmark else { return .now }
    let soon = min(server.settings.bookmarkAfterChanges, interval)
    return lastBookmark + (hasSentChanges ? soon : interval)
  }
}
