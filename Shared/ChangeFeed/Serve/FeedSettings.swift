/// How a service's feed behaves. Every limit has a name here.
package struct FeedSettings: Sendable {
  package var retention = Retention()
  /// How long a write's answer is kept for its repetition.
  package var requestRetention = RequestLog.retention
  /// How long a stream may be silent, where its caller does not say, and what a caller may ask.
  package var bookmarkInterval = Duration.seconds(15)
  package var bookmarkIntervals = Duration.seconds(1)...Duration.seconds(300)
  /// After changes a bookmark follows sooner, so that consumers know how current they are.
  package var bookmarkAfterChanges = Duration.seconds(1)
  /// How often the end of the log is looked up when no write of this process says that it moved.
  package var pollInterval = Duration.seconds(1)
  /// What one stream reads at once.
  package var page = PageLimit(count: 256, bytes: 1 << 20)
  /// The latest entries that are kept in memory for all streams together.
  package var recent = PageLimit(count: 4096, bytes: 8 << 20)
  /// Streams at a time; one more is refused.
  package var maxWatchers = 10_000
  /// How often old entries are to be deleted (`FeedServer.trim`), and how many in one transaction.
  package var trimInterval = Duration.seconds(60)
  package var trimStep = 500
  /// Told of what failed in the background.
  package var onError: @Sendable (any Error) -> Void = { _ in }

  package init() {}
}
