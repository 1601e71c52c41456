/// All series of one name, and how they are written (Prometheus text format 0.0.4).
struct MetricFamily: Sendable {
  let kind: MetricKind
  let help: String
  let labels: [String]
  /// By the labels as they are written, `a="1",b="2"`.
  private var members: [String: MetricSeries] = [:]

  private static let overflow = "other"

  init(kind: MetricKind, help: String, labels: [String]) {
    precondition(
      labels.allSatisfy { MetricName.isLabel($0) } && Set(labels).count == labels.count,
      "the labels \(labels) are no names, or not different ones")
    self.kind = kind
    self.help = help
    self.labels = labels
  }

  mutating func series(
    named name: String, _ kind: MetricKind, _ given: MetricsRegistry.Labels,
    _ make: () -> MetricSeries
  ) -> MetricSeries {
    precondition(
      kind == self.kind && given.map(\.key) == labels,
      "the metric \(name) is of another kind or has other labels")
    var key = MetricName.labels(given.map { ($0.key, $0.value) })
    if let known = members[key] { return known }
    if members.count >= MetricsRegistry.maxSeries {
      key = MetricName.labels(labels.map { ($0, Self.overflow) })
      if let known = members[key] { return known }
    }
    let made = make()
    members[key] = made
    return made
  }

  func text(named name: String) -> String {
    let samples = members.sorted { $0.key < $1.key }.map { Self.samples(name, $0, $1) }.joined()
    guard !samples.isEmpty else { return "" }
    return "# HELP \(name) \(MetricName.escaped(help: help))\n# TYPE \(name) \(kind.rawValue)\n"
      + samples
  }

  private static func samples(_ name: String, _ labels: String, _ series: MetricSeries) -> String {
    switch series {
    case .counter(let counter, let isShownAtZero):
      let value = counter.value
      return value == 0 && !isShownAtZero ? "" : sample(name, labels, "\(value)")
    case .gauge(let gauge): return sample(name, labels, MetricName.text(gauge.value))
    case .read(let value):
      return value().map { sample(name, labels, MetricName.text($0)) } ?? ""
    case .histogram(let histogram): return samples(name, labels, histogram)
    }
  }

  private static func samples(_ name: String, _ labels: String, _ histogram: Histogram) -> String {
    let (cumulative, sum) = histogram.snapshot
    let bounds = histogram.bounds.map(MetricName.text) + ["+Inf"]
    let before = labels.isEmpty ? "" : "\(labels),"
    var lines = zip(bounds, cumulative).map { bound, count in
      sample("\(name)_bucket", "\(before)le=\"\(bound)\"", "\(count)")
    }
    lines.append(sample("\(name)_sum", labels, MetricName.text(sum)))
    lines.append(sample("\(name)_count", labels, "\(cumulative.last ?? 0)"))
    return lines.joined()
  }

  private static func sample(_ name: String, _ labels: String, _ value: String) -> String {
    labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
  }
}

/// Names, labels and numbers as the format wants them.
enum MetricName {
  static func isName(_ text: String) -> Bool { isWord(text, colons: true) }

  /// Names that begin with two underscores are Prometheus' own; `le` belongs to histograms.
  static func isLabel(_ text: String) -> Bool {
    isWord(text, colons: false) && !text.hasPrefix("__") && text != "le"
  }

  private static func isWord(_ text: String, colons: Bool) -> Bool {
    guard let first = text.utf8.first, !(0x30...0x39 ~= first) else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      case UInt8(ascii: ":"): colons
      default: false
      }
    }
  }

  static func labels(_ pairs: [(String, String)]) -> String {
    pairs.map { name, value in
      let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        .replacing("\n", with: "\\n")
      return "\(name)=\"\(escaped)\""
    }.joined(separator: ",")
  }

  static func escaped(help: String) -> String {
    help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
  }

  static func text(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number > 0 ? "+Inf" : "-Inf" }
    if let whole = Int64(exactly: number) { return "\(whole)" }
    return "\(number)"
  }
}
