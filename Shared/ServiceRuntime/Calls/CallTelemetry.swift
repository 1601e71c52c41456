internal import Observability
internal import RPC
internal import Synchronization

/// Counts, times and logs every call that the server answers.
///
/// The server's own methods have series from the start. Names that reach a router's fallback are
/// the callers' words: one gets series when somebody who knows the method has answered, and until
/// then its calls are the unknown's. So no caller can use up the series with names that are none.
final class CallTelemetry: ServerObserver {
  /// Methods with series of their own, so few that no family of metrics overflows.
  private static let maxMethods = MetricsRegistry.maxSeries / MethodSeries.perFamily

  private let metrics: MetricsRegistry
  private let log: Log
  private let slowCall: Duration
  private let open = OpenCalls()
  private let unknown: MethodSeries
  private let refused: MethodTelemetry
  private let known: Mutex<[String: (telemetry: MethodTelemetry, series: MethodSeries)]>

  /// `router` holds the server's own methods.
  init(_ router: Router, _ metrics: MetricsRegistry, _ log: Log, slowCall: Duration) {
    self.metrics = metrics
    self.log = log
    self.slowCall = slowCall
    let unknown = MethodSeries(metrics, type: "unknown", service: "unknown", method: "unknown")
    self.unknown = unknown
    refused = MethodTelemetry(nil, log, slowCall, open) { unknown }
    known = Mutex([:])
    var router = router
    router.observe(by: OwnMethods(telemetry: self))
  }

  /// Takes each method that it is asked about for one of the server's own.
  private struct OwnMethods: ServerObserver {
    let telemetry: CallTelemetry

    func observer(of method: ServerMethod?) -> any MethodObserver {
      if let method { _ = telemetry.series(of: method) }
      return telemetry.observer(of: method)
    }
  }

  func observer(of method: ServerMethod?) -> any MethodObserver {
    guard let method else { return refused }
    if let known = known.withLock({ $0[method.name.path] }) { return known.telemetry }
    return MethodTelemetry(method, log, slowCall, open) { [self] in
      UnprovenCounts(unknown) { self.series(of: method) }
    }
  }

  /// The series of a method that is one; the unknown's when there are too many.
  private func series(of method: ServerMethod) -> MethodSeries {
    known.withLock { known in
      if let known = known[method.name.path] { return known.series }
      // One of them is the unknown.
      guard known.count + 1 < Self.maxMethods else { return unknown }
      let series = MethodSeries(
        metrics, type: method.kind.metricName, service: method.name.service,
        method: method.name.method)
      known[method.name.path] = (
        MethodTelemetry(method, log, slowCall, open) { series }, series
      )
      return series
    }
  }

  /// Calls that have begun and not ended.
  var openCalls: Int { open.count }
}

/// How many calls are open. No sum of other numbers, which are read one after the other.
final class OpenCalls: Sendable {
  private let number = Atomic(0)

  var count: Int { number.load(ordering: .relaxed) }

  func began() { number.wrappingAdd(1, ordering: .relaxed) }
  func ended() { number.wrappingSubtract(1, ordering: .relaxed) }
}

/// What is kept of one method between its calls.
final class MethodTelemetry: MethodObserver {
  /// Nil for calls that are refused before their method is known.
  let path: String?
  let isUnary: Bool
  let log: Log
  let slowCall: Duration
  let open: OpenCalls
  private let counts: @Sendable () -> any CallCounts

  /// `counts` is asked at each call for where it is counted.
  init(
    _ method: ServerMethod?, _ log: Log, _ slowCall: Duration, _ open: OpenCalls,
    _ counts: @escaping @Sendable () -> any CallCounts
  ) {
    path = method?.name.path
    isUnary = method?.kind == .unary
    self.log = log
    self.slowCall = slowCall
    self.open = open
    self.counts = counts
  }

  func began(
    _ metadata: Metadata, _ peer: Peer, at now: ContinuousClock.Instant
  ) -> any CallObserver {
    let counts = counts()
    counts.began()
    open.began()
    return CallRecord(self, counts, metadata, peer, began: now)
  }
}

extension CallKind {
  /// As `grpc_type` has it in the field's dashboards.
  fileprivate var metricName: String {
    switch self {
    case .unary: "unary"
    case .clientStreaming: "client_stream"
    case .serverStreaming: "server_stream"
    case .bidirectional: "bidi_stream"
    }
  }
}
