/// Work in the order it came, as much as may wait; the threads that serve it wait here for more.
final class WorkQueue: Sendable {
  fileprivate struct State {
    var waiting: [any Work] = []
    var taken = 0
    var refusal: StorageError?
    var isClosed = false
    var isStirred = false

    var count: Int { waiting.count - taken }
  }

  enum Next {
    case work(any Work)
    /// Nothing came in time, or `stir` wants the thread to look around.
    case nothing
    case closed
  }

  private let state = Monitor(State())
  private let capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  /// How many wait.
  var count: Int { state.look { $0.count } }

  func append(_ work: any Work) throws(StorageError) {
    let refusal: StorageError? = state.update { state in
      if let refusal = state.refusal { return refusal }
      guard state.count < capacity else { return .overloaded(waiting: state.count) }
      state.waiting.append(work)
      return nil
    }
    if let refusal { throw refusal }
  }

  /// The next work whose caller still waits, now or by the deadline.
  func next(until deadline: ContinuousClock.Instant? = nil) -> Next {
    state.wait(until: deadline) { state in
      if let work = state.popFirst() { return .work(work) }
      if state.isClosed { return .closed }
      guard state.isStirred else { return nil }
      state.isStirred = false
      return .nothing
    } ?? .nothing
  }

  /// The next work, if there is some already.
  func poll() -> (any Work)? { state.update { $0.popFirst() } }

  /// Wakes a thread that waits for work.
  func stir() { state.update { $0.isStirred = true } }

  /// Answers what waits, and what comes from now on, with an error; nil lets work in again.
  func refuse(_ refusal: StorageError?) {
    let refused: [any Work] = state.update { state in
      guard !state.isClosed else { return [] }
      state.refusal = refusal
      return refusal == nil ? [] : state.takeAll()
    }
    for work in refused { work.answer(refusal) }
  }

  /// Lets nothing more in; what waits is still served.
  func close() {
    state.update { state in
      state.refusal = .closed
      state.isClosed = true
    }
    state.wakeAll()
  }
}

extension WorkQueue.State {
  fileprivate mutating func popFirst() -> (any Work)? {
    while taken < waiting.count {
      let work = waiting[taken]
      taken += 1
      if taken == waiting.count || taken >= 1_024 {
        waiting.removeFirst(taken)
        taken = 0
      }
      if work.start() { return work }
    }
    return nil
  }

  fileprivate mutating func takeAll() -> [any Work] {
    defer {
      waiting = []
      taken = 0
    }
    return Array(waiting.dropFirst(taken))
  }
}
