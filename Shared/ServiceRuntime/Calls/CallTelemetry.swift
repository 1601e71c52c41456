internal import Observability
internal import RPC
internal import Synchronization

/// Counts, times and logs every call that the server answers.
final class CallTelemetry: ServerObserver {
  /// Methods of a router's fallback that get series of their own; callers choose those names.
  private static let maxFallbackMethods = 500

  private let metrics: MetricsRegistry
  private let log: Log
  private let slowCall: Duration
  private let refused: MethodTelemetry
  private let known = Mutex<[String: MethodTelemetry]>([:])

  init(_ metrics: MetricsRegistry, _ log: Log, slowCall: Duration) {
    self.metrics = metrics
    self.log = log
    self.slowCall = slowCall
    refused = MethodTelemetry(
      MethodSeries(metrics, type: "unknown", service: "unknown", method: "unknown"),
      path: nil, isUnary: false, log, slowCall)
  }

  func observer(of method: ServerMethod?) -> any MethodObserver {
    guard let method else { return refused }
    return known.withLock { known in
      if let telemetry = known[method.name.path] { return telemetry }
      guard known.count < Self.maxFallbackMethods else { return refused }
      let telemetry = MethodTelemetry(
        MethodSeries(
          metrics, type: method.kind.metricName, service: method.name.service,
          method: method.name.method),
        path: method.name.path, isUnary: method.kind == .unary, log, slowCall)
      known[method.name.path] = telemetry
      return telemetry
    }
  }

  /// Calls that have begun and not ended.
  var openCalls: Int {
    let all = known.withLock { Array($0.values) } + [refused]
    return all.map(\.series.openCalls).reduce(0, +)
  }
}

/// What is kept of one method between its calls.
final class MethodTelemetry: MethodObserver {
  let series: MethodSeries
  let path: String?
  let isUnary: Bool
  let log: Log
  let slowCall: Duration

  init(
    _ series: MethodSeries, path: String?, isUnary: Bool, _ log: Log, _ slowCall: Duration
  ) {
    self.series = series
    self.path = path
    self.isUnary = isUnary
    self.log = log
    self.slowCall = slowCall
  }

  func began(_ metadata: Metadata, _ peer: Peer) -> any CallObserver {
    series.started.add()
    return CallRecord(self, metadata, peer)
  }
}

/// The series of one method, looked up once.
struct MethodSeries: Sendable {
  let started: Counter
  let received: Counter
  let sent: Counter
  let handling: Histogram
  /// By the number of the status code, OK first.
  private let handled: [Counter]

  init(_ metrics: MetricsRegistry, type: String, service: String, method: String) {
    let labels: MetricsRegistry.Labels = [
      "grpc_type": type, "grpc_service": service, "grpc_method": method,
    ]
    started = metrics.counter(
      "grpc_server_started_total", "Calls that have begun.", labels)
    received = metrics.counter(
      "grpc_server_msg_received_total", "Messages that handlers have taken.", labels)
    sent = metrics.counter("grpc_server_msg_sent_total", "Messages that were sent.", labels)
    handling = metrics.histogram(
      "grpc_server_handling_seconds", "Time from the headers of a call to its status.", labels)
    let codes = ["OK"] + StatusCode.allCases.map(\.name)
    handled = codes.map { code in
      metrics.counter(
        "grpc_server_handled_total", "Calls that have ended, by their status.",
        [
          "grpc_type": type, "grpc_service": service, "grpc_method": method, "grpc_code": code,
        ],
        isShownAtZero: code == "OK")
    }
  }

  func ended(_ code: StatusCode?, after duration: Duration) {
    handled[code?.rawValue ?? 0].add()
    handling.observe(duration)
  }

  /// The ends are read first: a call that begins meanwhile must not make the number negative.
  var openCalls: Int {
    let ended = handled.map(\.value).reduce(0, +)
    return Int(started.value - ended)
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
