internal import Synchronization

/// The end of the log, shared by all streams of a process: one reader for however many wait.
///
/// While anybody watches, one task reads what was committed since (told by writes, and by the clock
/// of what another process wrote) and wakes those that wait; they take the entries from memory. Who
/// is further behind than that reads the store itself.
final class Tail: Sendable {
  /// What one look at the store found behind a sequence, or at its end where none is given.
  typealias Read = @Sendable (_ after: Int64?) async throws -> Reading

  struct Reading: Sendable {
    var entries: [FeedEntry]
    /// The end of the log.
    var end: Int64
    /// When the look began: everything committed before is known.
    var time: RecordedTime
  }

  /// What stands behind a sequence.
  enum Look: Sendable {
    case entries([FeedEntry])
    /// Nothing, as of the time.
    case end(RecordedTime)
  }

  fileprivate struct State {
    var recent: RecentEntries
    /// Restrictions so far: what was read from the store before the latest is not kept.
    var restrictions = 0
    /// Nil until it was looked up.
    var end: Int64?
    var time = RecordedTime.origin
    var lastRead: ContinuousClock.Instant?
    /// A write says that the end has moved.
    var hasMoved = false
    var watchers = 0
    var waiting: [Int: Waiting] = [:]
    var nextWaiting = 0
    var reader: Reader?
    var isClosed = false
  }

  fileprivate struct Waiting {
    let after: Int64
    let until: ContinuousClock.Instant
    let continuation: CheckedContinuation<Void, Never>
  }

  fileprivate struct Reader {
    let task: Task<Void, Never>
    let ticker: Task<Void, any Error>
    let signal: AsyncStream<Void>.Continuation
  }

  private let state: Mutex<State>
  private let settings: FeedSettings
  private let read: Read

  /// How often it is looked who has waited long enough.
  private static let tick = Duration.milliseconds(200)

  init(_ settings: FeedSettings, read: @escaping Read) {
    self.settings = settings
    self.read = read
    state = Mutex(State(recent: RecentEntries(settings.recent)))
  }

  var watcherCount: Int { state.withLock { $0.watchers } }
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Counts a stream in; false when there are too many. To be followed by `leave`.
  func join() -> Bool {
    state.withLock { state in
      guard state.watchers < settings.maxWatchers else { return false }
      state.watchers += 1
      if state.reader == nil { state.reader = startReading() }
      return true
    }
  }

  /// What nobody watches is not read.
  func leave() {
    state.withLock { state in
      state.watchers -= 1
      guard state.watchers == 0, let reader = state.reader.take() else { return }
      reader.signal.finish()
      reader.ticker.cancel()
      reader.task.cancel()
      state.forget()
      state.lastRead = nil
    }
  }

  /// A write of this process was committed.
  func changed() {
    state.withLock { state -> AsyncStream<Void>.Continuation? in
      state.hasMoved = true
      return state.reader?.signal
    }?.yield()
  }

  /// A write of this process hid what entries had shown: they are read anew from the store.
  func restricted() {
    state.withLock { state in
      state.recent.removeAll()
      state.restrictions += 1
    }
  }

  /// Wakes everybody for good.
  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      defer { state.waiting = [:] }
      return state.waiting.values
    }
    for waiter in waiting { waiter.continuation.resume() }
  }

  /// Nil when that is more than is kept here, or not known yet.
  func look(after sequence: Int64, _ limit: PageLimit) -> Look? {
    state.withLock { state in
      guard let end = state.end else { return nil }
      guard sequence < end else { return .end(state.time) }
      return state.recent.entries(after: sequence, limit).map { .entries($0) }
    }
  }

  /// Returns when there is something behind a sequence, at a time, or when the tail is closed;
  /// throws when the waiting task is cancelled.
  func wait(after sequence: Int64, until: ContinuousClock.Instant) async throws {
    let id = state.withLock { state in
      state.nextWaiting += 1
      return state.nextWaiting
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLock { state in
          guard !state.isClosed, !Task.isCancelled, until > .now,
            state.end.map({ $0 <= sequence }) ?? true
          else { return false }
          state.waiting[id] = Waiting(after: sequence, until: until, continuation: continuation)
          return true
        }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: id) }?.continuation.resume()
    }
    try Task.checkCancellation()
  }

  private func startReading() -> Reader {
    let (signals, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    signal.yield()
    let ticker = Task {
      while true {
        try await Task.sleep(for: Self.tick)
        signal.yield()
      }
    }
    let task = Task {
      for await _ in signals {
        if isReadingDue() { await readOn() }
        wakeTheDue()
      }
    }
    return Reader(task: task, ticker: ticker, signal: signal)
  }

  private func isReadingDue() -> Bool {
    state.withLock { state in
      guard let lastRead = state.lastRead, !state.hasMoved else { return true }
      return lastRead.duration(to: .now) >= settings.pollInterval
    }
  }

  private func readOn() async {
    do {
      repeat {
        let (after, restrictions) = state.withLock { state in
          (state.hasMoved, state.lastRead) = (false, .now)
          return (state.end, state.restrictions)
        }
        let reading = try await read(after)
        guard !Task.isCancelled else { return }
        if take(reading, restrictions) { return }
      } while true
    } catch {
      guard !Task.isCancelled else { return }
      // Streams that find nothing here ask the store themselves, and tell their callers. The next
      // look comes when it would have anyway.
      state.withLock { $0.forget() }
      settings.onError(error)
    }
  }

  /// Returns whether that was all.
  private func take(_ reading: Reading, _ restrictions: Int) -> Bool {
    state.withLock { state in
      if restrictions == state.restrictions { state.recent.append(reading.entries) }
      let end = reading.entries.last?.sequence ?? reading.end
      state.end = end
      if end == reading.end { state.time = reading.time }
      return end == reading.end
    }
  }

  private func wakeTheDue() {
    let now = ContinuousClock.now
    let due = state.withLock { state in
      let end = state.end
      let due = state.waiting.filter { _, waiter in
        waiter.until <= now || end.map { $0 > waiter.after } ?? false
      }
      for id in due.keys { state.waiting[id] = nil }
      return due.values
    }
    for waiter in due { waiter.continuation.resume() }
  }
}

extension Tail.State {
  fileprivate mutating func forget() {
    recent.removeAll()
    end = nil
  }
}
