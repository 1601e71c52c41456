package import RPC

/// How a follower behaves.
package struct FollowerSettings: Sendable {
  /// Full names of resource messages; empty for all.
  package var resourceTypes: [String] = []
  /// How often the service is asked to show that it lives.
  package var bookmarkInterval = Duration.seconds(5)
  /// A stream that says nothing for so long is given up. Counted from the service's own interval
  /// where that is longer.
  package var silence = Duration.seconds(30)
  /// Changes, and their bytes, that are taken in together.
  package var batch = PageLimit(count: 512, bytes: 4 << 20)
  /// Between one stream and the next.
  package var backoff = Backoff(
    initial: .milliseconds(200), multiplier: 2, jitter: 0.5, maximum: .seconds(15))
  /// Whose calls these are.
  package var options: @Sendable () async throws -> CallOptions = { CallOptions() }
  /// Told of why a stream ended.
  package var onError: @Sendable (RPCError) -> Void = { _ in }

  package init() {}
}
