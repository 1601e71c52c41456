internal import Synchronization

/// Why a check fails, in a sentence that anybody may read on `/readyz?verbose`.
package struct CheckFailure: Error, Hashable {
  package let sentence: String

  package init(_ sentence: String) { self.sentence = sentence }
}

/// What is not as it should be where a check does not fail for it, in such a sentence.
package struct CheckRemark: Sendable, Hashable {
  package let sentence: String

  package init(_ sentence: String) { self.sentence = sentence }
}

/// The named checks that say whether a service can do its work.
package final class ReadinessChecks: Sendable {
  /// Throws when the service cannot work; only a `CheckFailure` is quoted. What it returns says in
  /// what it works less well than it should.
  package typealias Check = @Sendable () async throws -> CheckRemark?

  struct Outcome: Sendable, Hashable {
    let name: String
    var failure: String?
    var remark: String?

    /// What a page says of it.
    var sentence: String { failure ?? remark.map { "degraded: \($0)" } ?? "ok" }
  }

  private let state = Mutex(State())
  private let patience: Duration

  private struct State {
    var checks: [(name: String, check: Check)] = []
    /// Checks that have not come back: they are not started again.
    var running: [String: Running] = [:]
  }

  private struct Running {
    let task: Task<Outcome, Never>
    let began: ContinuousClock.Instant
  }

  /// `patience` is how long a check may take.
  init(patience: Duration = .seconds(2)) { self.patience = patience }

  /// A check that may pass with a remark.
  package func addRemarking(_ name: String, _ check: @escaping Check) {
    state.withLock { state in
      precondition(!state.checks.contains { $0.name == name }, "two checks are called \(name)")
      state.checks.append((name, check))
    }
  }

  /// A check that knows well and failed, and nothing between.
  package func add(_ name: String, _ check: @escaping @Sendable () async throws -> Void) {
    addRemarking(name) {
      try await check()
      return nil
    }
  }

  /// Asks all, at once.
  func outcomes() async -> [Outcome] {
    let checks = state.withLock { $0.checks }
    let answers = await withTaskGroup(of: (Int, Outcome).self) { group in
      for (index, item) in checks.enumerated() {
        group.addTask { (index, await self.outcome(item.name, item.check)) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    return answers.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// Who asks while a check runs hears what it says: pages and the periodic look may meet.
  private func outcome(_ name: String, _ check: @escaping Check) async -> Outcome {
    let (running, isLate) = state.withLock { state -> (Running, Bool) in
      if let running = state.running[name] {
        return (running, running.began.duration(to: .now) > patience)
      }
      let running = Running(task: start(name, check), began: .now)
      state.running[name] = running
      return (running, false)
    }
    guard !isLate else { return Outcome(name: name, failure: "an earlier check has not come back") }
    let (answers, answer) = AsyncStream.makeStream(of: Outcome.self)
    Task { answer.yield(await running.task.value) }
    let timer = Task { [patience] in
      try await Task.sleep(for: patience)
      // First: a check that ends because it is cancelled would answer for itself.
      answer.yield(Outcome(name: name, failure: "no answer within \(Quantity.text(patience))"))
      running.task.cancel()
    }
    defer { timer.cancel() }
    for await outcome in answers { return outcome }
    return Outcome(name: name, failure: "cancelled")
  }

  private func start(_ name: String, _ check: @escaping Check) -> Task<Outcome, Never> {
    Task {
      var outcome = Outcome(name: name)
      do {
        outcome.remark = try await check()?.sentence
      } catch let error as CheckFailure {
        outcome.failure = error.sentence
      } catch {
        outcome.failure = "failed"
      }
      state.withLock { $0.running[name] = nil }
      return outcome
    }
  }
}
