internal import Observability
internal import RPC
internal import Synchronization

/// One call as metrics and log see it. Its names are made when they are first asked for: most calls
/// end well and are not logged.
final class CallRecord: CallObserver {
  private let method: MethodTelemetry
  private let counts: any CallCounts
  private let metadata: Metadata
  private let peer: Peer
  private let began: ContinuousClock.Instant
  private let names = Mutex(Names())

  private struct Names {
    var requestID: String?
    var trace: TraceParent?
    var subject: String?
  }

  private static let maxErrorBytes = 1024

  init(
    _ method: MethodTelemetry, _ counts: any CallCounts, _ metadata: Metadata, _ peer: Peer,
    began: ContinuousClock.Instant
  ) {
    self.method = method
    self.counts = counts
    self.metadata = metadata
    self.peer = peer
    self.began = began
  }

  var requestID: String {
    names.withLock { names in
      if let known = names.requestID { return known }
      let id = RequestID.given(in: metadata) ?? RequestID.make()
      names.requestID = id
      return id
    }
  }

  var trace: TraceParent {
    names.withLock { names in
      if let known = names.trace { return known }
      let trace = TraceParent(metadata)?.child() ?? .root()
      names.trace = trace
      return trace
    }
  }

  /// Whose call it has turned out to be.
  func belongs(to subject: String) { names.withLock { $0.subject = subject } }

  func received() { counts.received() }
  func sent() { counts.sent() }

  func ended(_ status: RPCError?, cause: (any Error)?) {
    let duration = began.duration(to: .now)
    counts.ended(status?.code, after: duration)
    method.open.ended()
    let isSlow = method.isUnary && duration > method.slowCall
    let level = max(Self.level(of: status?.code), isSlow ? .warning : .debug)
    guard method.log.isOn(level) else { return }
    method.log.write(level, isSlow ? "slow call" : "call") { line in
      addNames(to: &line)
      line.add("code", .text(status?.code.name ?? "OK"))
      line.add("duration_ms", .real((duration / .microseconds(1)).rounded() / 1000))
      line.add("peer", .text(peer.address))
      if let subject = names.withLock({ $0.subject }) { line.add("subject", .text(subject)) }
      if let reason = status?.reason { line.add("reason", .text(reason)) }
      // The message of a status may repeat what the caller sent; our own errors do not.
      if let cause, status?.code.isOurs == true {
        line.add("error", .text(String("\(cause)".prefix(Self.maxErrorBytes))))
      }
    }
  }

  /// What tells the lines of one call.
  func addNames(to line: inout JSONLine) {
    if let path = method.path { line.add("method", .text(path)) }
    line.add("request_id", .text(requestID))
    let trace = trace
    line.add("trace_id", .text(trace.traceID))
    line.add("span_id", .text(trace.spanID))
  }

  /// What operators look for: `error` where a program of ours is wrong, `warning` where the service
  /// could not do its work, `info` where the caller was told why not. The rest, and callers who
  /// leave, only on `debug`: a log that tells every call of a busy day is not read.
  private static func level(of code: StatusCode?) -> LogLevel {
    switch code {
    case nil, .cancelled: .debug
    case .internal, .unknown, .dataLoss: .error
    case .unavailable, .deadlineExceeded, .resourceExhausted: .warning
    default: .info
    }
  }
}

extension StatusCode {
  /// Whether it says that a program of ours is wrong.
  fileprivate var isOurs: Bool { self == .internal || self == .unknown || self == .dataLoss }
}

extension CallContext {
  /// What metrics and log know of the call, in a server that a `ServiceProgram` runs.
  var record: CallRecord? { observer as? CallRecord }
}
