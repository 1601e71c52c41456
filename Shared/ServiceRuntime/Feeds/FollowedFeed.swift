package import ChangeFeed
internal import Observability
package import RPC
internal import Synchronization

extension ServiceHost {
  /// Follows another service's feed until the server has drained; log, metrics and `/readyz` say
  /// how far it is. `name` is whose feed it is, `membership`.
  ///
  /// The service is not ready until everything that the other one has was once known here. After
  /// that, knowledge older than `staleAfter` is told and turns nobody away: rules that it would
  /// break ask the follower itself (`requireFresh`).
  @discardableResult package func follow(
    _ name: String, _ method: FeedFollower.Method, by invoker: any CallInvoker,
    into sink: any FeedSink, settings: FollowerSettings = FollowerSettings(),
    staleAfter: Duration = .seconds(60)
  ) -> FeedFollower {
    var settings = settings
    settings.onError = { [log, told = settings.onError] error in
      log.info(
        "a stream of a followed feed has ended",
        ["feed": .text(name), "code": .text(error.code.name), "error": .text(error.message)])
      told(error)
    }
    let follower = FeedFollower(invoker, method, into: sink, settings: settings)
    let feed = FollowedFeed(name: name, follower: follower, staleAfter: staleAfter)
    feed.measure(metrics)
    checks.addRemarking("feed \(name)") { try await feed.check() }
    inBackground("following \(name)") { await follower.run() }
    return follower
  }
}

/// A feed that this process follows, as operators see it.
private final class FollowedFeed: Sendable {
  private let name: String
  private let follower: FeedFollower
  private let staleAfter: Duration
  private let began = ContinuousClock.now
  private let isWhole = Atomic(false)

  init(name: String, follower: FeedFollower, staleAfter: Duration) {
    self.name = name
    self.follower = follower
    self.staleAfter = staleAfter
  }

  /// How old the knowledge is. While this process has heard nothing it is at least as old as the
  /// process.
  private var age: Duration { follower.status.age() ?? began.duration(to: .now) }

  func measure(_ metrics: MetricsRegistry) {
    let labels: MetricsRegistry.Labels = ["feed": name]
    metrics.read(
      .gauge, "cabildo_feed_lag_seconds", "How old what is known of a followed feed is.", labels
    ) { self.age / .seconds(1) }
    metrics.read(
      .gauge, "cabildo_feed_sequence", "The last change of a followed feed that is known of.",
      labels
    ) { self.follower.status.sequence.map(Double.init) }
    metrics.read(
      .counter, "cabildo_feed_changes_total", "Changes of a followed feed that were taken in.",
      labels
    ) { Double(self.follower.status.changes) }
    metrics.read(
      .counter, "cabildo_feed_streams_total",
      "Streams of a followed feed that were opened; more than one after each interruption.", labels
    ) { Double(self.follower.status.streams) }
  }

  func check() async throws -> CheckRemark? {
    if !isWhole.load(ordering: .relaxed) {
      guard try await follower.isWhole() else {
        throw CheckFailure("what \(name) has is not known yet (\(follower.status.phase.rawValue))")
      }
      isWhole.store(true, ordering: .relaxed)
    }
    let age = age
    guard age > staleAfter else { return nil }
    return CheckRemark("what \(name) did for \(age.components.seconds) s is not known")
  }
}
