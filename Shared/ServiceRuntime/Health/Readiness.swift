internal import Messages
internal import Observability
internal import RPC
internal import StandardServices
internal import Synchronization

/// Lets the health service and the pages say what the checks say.
final class Readiness: Sendable {
  private let checks: ReadinessChecks
  private let health: HealthRegister
  private let log: Log
  /// The services that are served only while all checks are well.
  private let services: [String]
  private let last = Mutex(Last())

  private struct Last {
    var outcomes: [ReadinessChecks.Outcome] = []
    var time: ContinuousClock.Instant?
  }

  private static let period = Duration.seconds(2)
  /// Who asks for the page more often than this is told what was true a moment ago.
  private static let pause = Duration.milliseconds(100)

  init(_ checks: ReadinessChecks, _ health: HealthRegister, _ services: [String], _ log: Log) {
    self.checks = checks
    self.health = health
    self.services = services
    self.log = log
  }

  /// Asks now and then until cancelled.
  func watch() async {
    while !Task.isCancelled {
      await refresh()
      try? await Task.sleep(for: Self.period)
    }
  }

  @discardableResult func refresh() async -> [ReadinessChecks.Outcome] {
    let known = last.withLock { $0 }
    if let time = known.time, time.duration(to: .now) < Self.pause { return known.outcomes }
    let outcomes = await checks.outcomes()
    let before = last.withLock { last in
      defer { last = Last(outcomes: outcomes, time: .now) }
      return last.outcomes
    }
    for outcome in outcomes where !before.contains(outcome) {
      if let failure = outcome.failure {
        log.warning("not ready", ["check": .text(outcome.name), "failure": .text(failure)])
      } else if let remark = outcome.remark {
        guard before.first(where: { $0.name == outcome.name })?.remark == nil else { continue }
        log.warning("degraded", ["check": .text(outcome.name), "remark": .text(remark)])
      } else if before.contains(where: { $0.name == outcome.name }) {
        log.notice("well again", ["check": .text(outcome.name)])
      }
    }
    let isReady = outcomes.allSatisfy { $0.failure == nil }
    for service in services + [""] { health.set(service, isReady ? .serving : .notServing) }
    return outcomes
  }

  /// `/healthz` answers 200 while the process can answer at all. `/readyz` answers 200 while all
  /// checks pass and the server is not stopping, 503 otherwise; with `?verbose` it names every
  /// check and service, and what is degraded.
  var pages: [String: Page] {
    [
      "/healthz": { _ in PageAnswer(body: "ok\n") },
      "/readyz": { query in await self.page(query.split(separator: "&").contains("verbose")) },
    ]
  }

  private func page(_ isVerbose: Bool) async -> PageAnswer {
    let outcomes = await refresh()
    let statuses = health.all
    let isReady = statuses[""] == .serving
    var body = isReady ? "ok\n" : "not ready\n"
    if isVerbose {
      for outcome in outcomes {
        body += "check \(outcome.name): \(outcome.sentence)\n"
      }
      for (service, status) in statuses.sorted(by: { $0.key < $1.key }) where !service.isEmpty {
        body += "service \(service): \(status.name ?? "\(status.number)")\n"
      }
    }
    return PageAnswer(status: isReady ? 200 : 503, body: body)
  }
}
