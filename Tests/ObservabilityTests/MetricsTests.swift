import Foundation
import Observability
import Peers
import Testing

/// What is counted, and the page it is written on.
@Suite struct MetricsTests {
  @Test("The page, to the byte")
  func page() {
    let metrics = MetricsRegistry()
    metrics.counter("calls_total", "Calls.", ["method": "Get", "code": "OK"]).add(3)
    metrics.gauge("lag_seconds", "How far behind.").set(1.5)
    let durations = metrics.histogram("work_seconds", "Work.", ["kind": "a"], bounds: [0.01, 1])
    for milliseconds in [5, 10, 500, 2_000] { durations.observe(.milliseconds(milliseconds)) }
    metrics.read(.gauge, "asked", "Asked for.") { 7 }
    metrics.read(.gauge, "silent", "Has nothing to say.") { nil }
    #expect(
      metrics.text() == """
        # HELP asked Asked for.
        # TYPE asked gauge
        asked 7
        # HELP calls_total Calls.
        # TYPE calls_total counter
        calls_total{method="Get",code="OK"} 3
        # HELP lag_seconds How far behind.
        # TYPE lag_seconds gauge
        lag_seconds 1.5
        # HELP work_seconds Work.
        # TYPE work_seconds histogram
        work_seconds_bucket{kind="a",le="0.01"} 2
        work_seconds_bucket{kind="a",le="1"} 3
        work_seconds_bucket{kind="a",le="+Inf"} 4
        work_seconds_sum{kind="a"} 2.515
        work_seconds_count{kind="a"} 4

        """)
  }

  @Test(
    "Whatever a label or a help says, the page can be read and says it",
    arguments: ["", "plain", "a \"b\" \\ c", "two\nlines", "\\n", "é 日本", "}", "=\",", "\\\\\""])
  func escapes(text: String) throws {
    let metrics = MetricsRegistry()
    metrics.counter("a_total", text, ["label": text]).add()
    let page = try MetricsPage(metrics.text())
    #expect(page.samples.map(\.key.labels) == [["label": text]])
  }

  @Test(
    "Numbers beyond the ordinary are written as the format has them",
    arguments: [
      (0, "0"), (-2.5, "-2.5"), (1e21, "1e+21"), (1e-7, "1e-07"), (.infinity, "+Inf"),
      (-.infinity, "-Inf"), (.nan, "NaN"), (123_456_789_012, "123456789012"),
    ] as [(Double, String)])
  func numbers(value: Double, text: String) throws {
    let metrics = MetricsRegistry()
    metrics.gauge("a", "A.").set(value)
    #expect(metrics.text().hasSuffix("\na \(text)\n"))
    let read = try #require(try MetricsPage(metrics.text()).value("a"))
    #expect(read == value || (read.isNaN && value.isNaN))
  }

  @Test("Nothing is lost when many count at once")
  func concurrency() async throws {
    let metrics = MetricsRegistry()
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          let counter = metrics.counter("a_total", "A.")
          let histogram = metrics.histogram("b_seconds", "B.")
          for _ in 0..<10_000 {
            counter.add()
            histogram.observe(.microseconds(100))
          }
        }
      }
    }
    let page = try MetricsPage(metrics.text())
    #expect(page.value("a_total") == 80_000)
    #expect(page.value("b_seconds_count") == 80_000)
    #expect(abs((page.value("b_seconds_sum") ?? 0) - 8) < 1e-6)
  }

  @Test("Names that callers choose fill one series, not the memory")
  func cardinality() throws {
    let metrics = MetricsRegistry()
    for number in 0..<(MetricsRegistry.maxSeries + 500) {
      metrics.counter("a_total", "A.", ["name": "n\(number)"]).add()
    }
    let page = try MetricsPage(metrics.text())
    #expect(page.samples.count == MetricsRegistry.maxSeries + 1)
    #expect(page.value("a_total", ["name": "other"]) == 500)
    #expect(page.sum("a_total") == Double(MetricsRegistry.maxSeries + 500))
  }

  @Test("A counter that hides its zero appears with the first")
  func hiddenZero() {
    let metrics = MetricsRegistry()
    let counter = metrics.counter("a_total", "A.", isShownAtZero: false)
    #expect(metrics.text() == "")
    counter.add()
    #expect(metrics.text().hasSuffix("a_total 1\n"))
  }

  @Test("The process is measured as the system sees it")
  func process() throws {
    let metrics = MetricsRegistry()
    ProcessMetrics.add(to: metrics)
    let held = (0..<5).compactMap { _ in FileHandle(forReadingAtPath: "/dev/null") }
    let page = try MetricsPage(metrics.text())
    #expect(held.count == 5)
    let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    #expect(abs((page.value("process_open_fds") ?? 0) - Double(files)) < 20)
    #expect((page.value("process_resident_memory_bytes") ?? 0) > 1_000_000)
    #expect((page.value("process_cpu_seconds_total") ?? -1) >= 0)
    #expect((page.value("process_max_fds") ?? 0) >= 64)
    let started = page.value("process_start_time_seconds") ?? 0
    let age = Date.now.timeIntervalSince1970 - started
    #expect(-2 < age && age < 3600, "\(age)")
  }
}

/// The strict reader is itself held to the format.
@Suite struct MetricsPageTests {
  @Test(
    "A page that breaks the format is refused",
    arguments: [
      "a 1\n", "# HELP a A.\n# TYPE a counter\na 1", "# HELP a A.\n# TYPE a counter\nb 1\n",
      "# TYPE a counter\na 1\n", "# HELP a A.\n# TYPE a number\na 1\n",
      "# HELP a A.\n# TYPE a counter\na 1\na 1\n", "# HELP a A.\n# TYPE a counter\na one\n",
      "# HELP a A.\n# TYPE a counter\na -1\n", "# HELP a A.\n# TYPE a counter\na{} 1\n",
      "# HELP a A.\n# TYPE a counter\na{b=\"1\",b=\"2\"} 1\n",
      "# HELP a A.\n# TYPE a counter\na{b=\"1} 1\n",
      "# HELP a A.\n# TYPE a counter\na{b=\"\\x\"} 1\n",
      "# HELP a A.\n# TYPE a counter\na{1b=\"x\"} 1\n",
      "# HELP a A\\x.\n# TYPE a counter\na 1\n",
      "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
      "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 2\na_sum 1\na_count 1\n",
      "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 1\n",
      "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 3\na_bucket{le=\"+Inf\"} 2\n"
        + "a_sum 1\na_count 2\n",
    ])
  func refused(page: String) {
    #expect(throws: MetricsPage.Fault.self) { try MetricsPage(page) }
  }
}
