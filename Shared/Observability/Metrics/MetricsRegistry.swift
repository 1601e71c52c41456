internal import Synchronization

/// The metrics of a process, by name and labels, and the page that Prometheus reads.
///
/// Who counts asks for a series once and keeps it: `counter(…)` takes a lock and builds strings,
/// `Counter.add()` does neither. A family stops growing at `maxSeries`: what comes then shares one
/// series whose labels all say `other`, so that no caller can fill the memory with names.
package final class MetricsRegistry: Sendable {
  package typealias Labels = KeyValuePairs<String, String>

  /// Series of one name at most, the shared one aside.
  package static let maxSeries = 2_000
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private let families = Mutex<[String: MetricFamily]>([:])

  package init() {}

  /// With `isShownAtZero` off it appears when it has counted something.
  package func counter(
    _ name: String, _ help: String, _ labels: Labels = [:], isShownAtZero: Bool = true
  ) -> Counter {
    let made = series(name, .counter, help, labels) {
      .counter(Counter(), isShownAtZero: isShownAtZero)
    }
    guard case .counter(let counter, _) = made else { Self.misused(name) }
    return counter
  }

  package func gauge(_ name: String, _ help: String, _ labels: Labels = [:]) -> Gauge {
    guard case .gauge(let gauge) = series(name, .gauge, help, labels, { .gauge(Gauge()) }) else {
      Self.misused(name)
    }
    return gauge
  }

  package func histogram(
    _ name: String, _ help: String, _ labels: Labels = [:],
    bounds: [Double] = Histogram.latencies
  ) -> Histogram {
    let made = series(name, .histogram, help, labels) { .histogram(Histogram(bounds: bounds)) }
    guard case .histogram(let histogram) = made else { Self.misused(name) }
    return histogram
  }

  /// A value that is asked for when the page is read; nil leaves it out.
  package func read(
    _ kind: MetricKind, _ name: String, _ help: String, _ labels: Labels = [:],
    _ value: @escaping @Sendable () -> Double?
  ) {
    precondition(kind != .histogram, "a histogram is not one value")
    _ = series(name, kind, help, labels) { .read(value) }
  }

  /// The page.
  package func text() -> String {
    // Values are asked for outside of the lock: they may take some of their own.
    let families = families.withLock { $0.sorted { $0.key < $1.key } }
    return families.map { $1.text(named: $0) }.joined()
  }

  private func series(
    _ name: String, _ kind: MetricKind, _ help: String, _ labels: Labels,
    _ make: () -> MetricSeries
  ) -> MetricSeries {
    precondition(MetricName.isName(name), "\(name) is no name of a metric")
    return families.withLock { families in
      families[name, default: MetricFamily(kind: kind, help: help, labels: labels.map(\.key))]
        .series(named: name, kind, labels, make)
    }
  }

  private static func misused(_ name: String) -> Never {
    preconditionFailure("the metric \(name) is of another kind")
  }
}

package enum MetricKind: String, Sendable { case counter, gauge, histogram }

/// One name with its labels' values.
enum MetricSeries: Sendable {
  case counter(Counter, isShownAtZero: Bool)
  case gauge(Gauge)
  case histogram(Histogram)
  case read(@Sendable () -> Double?)
}
