internal import Observability
internal import RPC
internal import Synchronization

/// Where one call is counted.
protocol CallCounts: AnyObject, Sendable {
  func began()
  func received()
  func sent()
  /// `code` is nil for OK.
  func ended(_ code: StatusCode?, after duration: Duration)
}

/// The series of one method, looked up once.
final class MethodSeries: CallCounts {
  private static let codes = ["OK"] + StatusCode.allCases.map(\.name)
  /// Series that a method has in one family at most: one for each status.
  static let perFamily = codes.count

  private let started: Counter
  private let taken: Counter
  private let given: Counter
  private let handling: Histogram
  /// By the number of the status code, OK first.
  private let handled: [Counter]

  init(_ metrics: MetricsRegistry, type: String, service: String, method: String) {
    let labels: MetricsRegistry.Labels = [
      "grpc_type": type, "grpc_service": service, "grpc_method": method,
    ]
    started = metrics.counter(
      "grpc_server_started_total", "Calls that have begun.", labels)
    taken = metrics.counter(
      "grpc_server_msg_received_total", "Messages that handlers have taken.", labels)
    given = metrics.counter("grpc_server_msg_sent_total", "Messages that were sent.", labels)
    handling = metrics.histogram(
      "grpc_server_handling_seconds", "Time from the headers of a call to its status.", labels)
    handled = Self.codes.map { code in
      metrics.counter(
        "grpc_server_handled_total", "Calls that have ended, by their status.",
        [
          "grpc_type": type, "grpc_service": service, "grpc_method": method, "grpc_code": code,
        ],
        isShownAtZero: code == "OK")
    }
  }

  func began() { started.add() }
  func received() { received(1) }
  func received(_ messages: UInt64) { taken.add(messages) }
  func sent() { given.add() }

  func ended(_ code: StatusCode?, after duration: Duration) {
    handled[code?.rawValue ?? 0].add()
    handling.observe(duration)
  }
}

/// Counts a call whose method may be made up: nowhere, until an answer shows whether it is one.
final class UnprovenCounts: CallCounts {
  private struct State {
    var received: UInt64 = 0
    var series: MethodSeries?
  }

  private let unknown: MethodSeries
  private let proven: @Sendable () -> MethodSeries
  private let state = Mutex(State())

  init(_ unknown: MethodSeries, _ proven: @escaping @Sendable () -> MethodSeries) {
    self.unknown = unknown
    self.proven = proven
  }

  func began() {}

  func received() {
    state.withLock { state in
      if let series = state.series { series.received() } else { state.received += 1 }
    }
  }

  func sent() { series(isMethod: true).sent() }

  func ended(_ code: StatusCode?, after duration: Duration) {
    series(isMethod: code?.isOfMethod ?? true).ended(code, after: duration)
  }

  /// Settled once, with what the call has come to so far.
  private func series(isMethod: Bool) -> MethodSeries {
    state.withLock { state in
      if let series = state.series { return series }
      let series = isMethod ? proven() : unknown
      series.began()
      series.received(state.received)
      state.series = series
      return series
    }
  }
}

extension StatusCode {
  /// Whether only a method itself answers so. The others a caller can bring about with any name:
  /// by a short deadline, a bad token, a service that is away.
  fileprivate var isOfMethod: Bool {
    switch self {
    case .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .failedPrecondition,
      .aborted, .outOfRange:
      true
    default: false
    }
  }
}
