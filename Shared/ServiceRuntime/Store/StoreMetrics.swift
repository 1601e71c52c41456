internal import Observability
internal import Storage

/// What the store took, by the kinds of its work.
struct StoreMetrics: Sendable {
  private let durations: [StorageEvent.Kind: Histogram]
  private let failures: [StorageEvent.Kind: Counter]
  private let writes: Counter

  init(_ metrics: MetricsRegistry) {
    var durations: [StorageEvent.Kind: Histogram] = [:]
    var failures: [StorageEvent.Kind: Counter] = [:]
    for kind in StorageEvent.Kind.allCases {
      durations[kind] = metrics.histogram(
        "cabildo_store_seconds", "Time of the store's work, by what it was.",
        ["operation": kind.rawValue])
      failures[kind] = metrics.counter(
        "cabildo_store_failures_total", "Work of the store that failed.",
        ["operation": kind.rawValue])
    }
    self.durations = durations
    self.failures = failures
    writes = metrics.counter(
      "cabildo_store_committed_writes_total", "Writes that are durable; they share commits.")
  }

  func add(_ event: StorageEvent) {
    durations[event.kind]?.observe(event.duration)
    if !event.succeeded { failures[event.kind]?.add() }
    if event.kind == .commit, event.succeeded { writes.add(UInt64(event.count)) }
  }
}
