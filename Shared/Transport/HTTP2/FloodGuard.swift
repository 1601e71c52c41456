/// Counts what a peer does that costs us work and brings no call forward, and says when it is too
/// much. Knows no clock and no frames: what happened comes in, a verdict comes out.
///
/// Each act has a bucket of tokens. They come back with time, with each stream that the client
/// opens and with each DATA frame that the peer is sent, because what honest peers do is in
/// proportion to these. A verdict costs a few integer operations.
package struct FloodGuard: Sendable {
  /// What costs a token.
  package enum Act: Int, Sendable, Hashable, CaseIterable {
    /// RST_STREAM within a millisecond of the stream's HEADERS, and before we answered. A client
    /// whose deadlines fire has waited longer than that.
    case rapidReset
    /// RST_STREAM on a stream that is not open, as when it crosses our answer.
    case lateReset
    /// A RST_STREAM of ours for what the peer did wrong on a stream (CVE-2025-8671).
    case provokedReset
    /// A stream beyond those it may have.
    case refusedStream
    case settings, ping, priority, windowUpdate
    /// DATA of no bytes that does not end its stream.
    case emptyData
    /// CONTINUATION of no bytes.
    case emptyContinuation
    /// A frame of a type that we do not know, and GOAWAY, which a client has no need to repeat.
    case unknownFrame
    /// A header block that has no end or unpacks to a multiple of what is allowed. One is enough.
    case endlessHeaders
  }

  /// How much of one act is taken for honest.
  package struct Allowance: Sendable, Hashable {
    /// Tokens in a full bucket.
    package var burst: Int
    package var perSecond: Int
    package var perStream: Int
    package var perDataFrame: Int

    package init(_ burst: Int, perSecond: Int, perStream: Int = 0, perDataFrame: Int = 0) {
      self.burst = burst
      self.perSecond = perSecond
      self.perStream = perStream
      self.perDataFrame = perDataFrame
    }
  }

  /// The allowance of every act.
  package struct Allowances: Sendable, Hashable {
    private var values = Act.allCases.map(\.standard)

    package init() {}

    package subscript(act: Act) -> Allowance {
      get { values[act.rawValue] }
      set { values[act.rawValue] = newValue }
    }
  }

  /// A stream reset earlier than this after it was opened was reset rapidly, in microseconds.
  static let rapid: UInt32 = 1000

  private let allowances: Allowances
  private var buckets: [Bucket]
  /// Microseconds since some beginning.
  var now = 0
  private var streams = 0
  private var dataFrames = 0

  package init(_ allowances: Allowances = Allowances()) {
    self.allowances = allowances
    buckets = Act.allCases.map { Bucket(tokens: allowances[$0].burst * Bucket.token) }
  }

  package mutating func advance(toMicroseconds now: Int) { self.now = max(self.now, now) }
  package mutating func streamOpened() { streams += 1 }
  package mutating func dataFrameSent() { dataFrames += 1 }

  /// Takes a token; false when there is none.
  package mutating func spend(_ act: Act) -> Bool {
    let allowance = allowances[act]
    return buckets[act.rawValue].spend(allowance, now, streams, dataFrames)
  }
}

/// Tokens in millionths, and when they were last counted.
private struct Bucket {
  static let token = 1_000_000
  /// Longer pauses than this, in microseconds, fill every bucket as well.
  private static let longest = 1_000_000_000

  var tokens: Int
  private var countedAt = 0
  private var countedStreams = 0
  private var countedFrames = 0

  init(tokens: Int) { self.tokens = tokens }

  mutating func spend(
    _ allowance: FloodGuard.Allowance, _ now: Int, _ streams: Int, _ dataFrames: Int
  ) -> Bool {
    let earned =
      allowance.perSecond * min(now - countedAt, Self.longest)
      + (allowance.perStream * (streams - countedStreams)
        + allowance.perDataFrame * (dataFrames - countedFrames)) * Self.token
    (countedAt, countedStreams, countedFrames) = (now, streams, dataFrames)
    tokens = min(tokens + earned, allowance.burst * Self.token)
    guard tokens >= Self.token else { return false }
    tokens -= Self.token
    return true
  }
}

extension FloodGuard.Act {
  /// Large enough that no honest client was seen to come near, small enough that what it allows
  /// costs less than calls would.
  var standard: FloodGuard.Allowance {
    switch self {
    case .rapidReset: .init(10_000, perSecond: 5_000)
    case .lateReset: .init(1_000, perSecond: 10, perStream: 1)
    case .provokedReset: .init(200, perSecond: 10)
    case .refusedStream: .init(10_000, perSecond: 5_000)
    case .settings: .init(200, perSecond: 10)
    case .ping: .init(1_000, perSecond: 100, perDataFrame: 1)
    case .priority: .init(1_000, perSecond: 100, perStream: 10)
    case .windowUpdate: .init(10_000, perSecond: 1_000, perStream: 4, perDataFrame: 2)
    case .emptyData: .init(1_000, perSecond: 100, perStream: 1)
    case .emptyContinuation: .init(200, perSecond: 10)
    case .unknownFrame: .init(1_000, perSecond: 100, perStream: 2)
    case .endlessHeaders: .init(0, perSecond: 0)
    }
  }

  /// As metrics, logs and tables call it: `rapid_reset`.
  package var name: String {
    switch self {
    case .rapidReset: "rapid_reset"
    case .lateReset: "late_reset"
    case .provokedReset: "provoked_reset"
    case .refusedStream: "refused_stream"
    case .settings: "settings"
    case .ping: "ping"
    case .priority: "priority"
    case .windowUpdate: "window_update"
    case .emptyData: "empty_data"
    case .emptyContinuation: "empty_continuation"
    case .unknownFrame: "unknown_frame"
    case .endlessHeaders: "endless_headers"
    }
  }

  /// What the peer is told. gRPC clients know the word for pings and ping less often (gRFC A8).
  var reason: String {
    switch self {
    case .rapidReset: "flood: too many streams reset as soon as they were opened"
    case .lateReset: "flood: too many RST_STREAM on streams that are not open"
    case .provokedReset: "flood: too many streams that had to be reset for errors"
    case .refusedStream: "flood: too many streams beyond MAX_CONCURRENT_STREAMS"
    case .settings: "flood: too many SETTINGS"
    case .ping: "too_many_pings"
    case .priority: "flood: too many PRIORITY"
    case .windowUpdate: "flood: too many WINDOW_UPDATE"
    case .emptyData: "flood: too many empty DATA"
    case .emptyContinuation: "flood: too many empty CONTINUATION"
    case .unknownFrame: "flood: too many frames of no known use"
    case .endlessHeaders: "flood: a header block without end"
    }
  }
}
