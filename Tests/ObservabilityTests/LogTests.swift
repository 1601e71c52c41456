import Foundation
import Observability
import Peers
import Synchronization
import Testing

/// Lines of JSON, and a writer that never makes anybody wait.
@Suite struct LogTests {
  /// A log into a pipe whose other end the test holds.
  private struct Piped {
    let log: Log
    let writer: LogWriter
    let pipe = Pipe()

    init(level: LogLevel = .debug, limits: LogWriter.Limits = .init()) {
      writer = LogWriter(
        descriptor: pipe.fileHandleForWriting.fileDescriptor, limits: limits)
      log = Log(service: "test", level: level, writer: writer)
    }

    /// All lines so far; ends the log.
    func lines() throws -> [[String: Any]] {
      writer.close(within: .seconds(5))
      try pipe.fileHandleForWriting.close()
      return try Self.objects(pipe.fileHandleForReading.readToEnd() ?? Data())
    }

    static func objects(_ data: Data) throws -> [[String: Any]] {
      try data.split(separator: UInt8(ascii: "\n")).map { line in
        try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
      }
    }
  }

  @Test("A line has its time, level, message and service, and the fields in their types")
  func fields() throws {
    let piped = Piped()
    piped.log.warning(
      "something", ["text": "a", "number": 7, "real": 1.5, "flag": true, "list": ["a", 1]])
    let line = try #require(try piped.lines().first)
    #expect(line["level"] as? String == "warning")
    #expect(line["message"] as? String == "something")
    #expect(line["service"] as? String == "test")
    #expect(line["text"] as? String == "a")
    #expect(line["number"] as? Int == 7)
    #expect(line["real"] as? Double == 1.5)
    #expect(line["flag"] as? Bool == true)
    #expect((line["list"] as? [Any])?.count == 2)
    let time = try Date.ISO8601FormatStyle(includingFractionalSeconds: true)
      .parse(try #require(line["time"] as? String))
    #expect(abs(time.timeIntervalSinceNow) < 60)
  }

  @Test(
    "Whatever a text holds, the line is one line of JSON that says it",
    arguments: [
      "", "\"quoted\"", "\\", "two\nlines\r\n", "\u{0}\u{1}\u{1f}\u{7f}", "日本 🏛", "\u{2028}",
      "{\"a\":1}",
    ])
  func escapes(text: String) throws {
    let piped = Piped()
    piped.log.error(text, ["field": .text(text)])
    let lines = try piped.lines()
    #expect(lines.count == 1)
    #expect(lines.first?["message"] as? String == text)
    #expect(lines.first?["field"] as? String == text)
  }

  @Test("Below its level nothing is written, nor are the fields made; the level may change")
  func levels() throws {
    let piped = Piped(level: .warning)
    let made = Atomic(0)
    func fields() -> Log.Fields {
      made.wrappingAdd(1, ordering: .relaxed)
      return [:]
    }
    piped.log.info("unheard", fields())
    #expect(made.load(ordering: .relaxed) == 0)
    piped.log.level = .debug
    piped.log.debug("heard", fields())
    #expect(try piped.lines().map { $0["message"] as? String } == ["heard"])
  }

  @Test("A reader who does not read makes nobody wait: lines are dropped, counted, and said")
  func backPressure() throws {
    var limits = LogWriter.Limits()
    limits.lines = 100
    let piped = Piped(limits: limits)
    let text = String(repeating: "x", count: 1000)
    let start = ContinuousClock.now
    for number in 0..<5_000 { piped.log.info(text, ["number": .integer(number)]) }
    #expect(start.duration(to: .now) < .seconds(5) * Slack.factor)
    let dropped = piped.writer.dropped
    #expect(dropped > 4_000)

    let collected = Mutex(Data())
    let reader = Thread {
      let all = (try? piped.pipe.fileHandleForReading.readToEnd()) ?? Data()
      collected.withLock { $0 = all }
    }
    reader.start()
    piped.writer.flush(within: .seconds(10))
    piped.log.info("after")
    piped.writer.close(within: .seconds(10))
    try piped.pipe.fileHandleForWriting.close()
    let deadline = ContinuousClock.now + .seconds(10)
    while !reader.isFinished, .now < deadline { usleep(2_000) }
    let lines = try Piped.objects(collected.withLock { $0 })
    let said = lines.compactMap { $0["dropped"] as? Int }.reduce(0, +)
    #expect(said == dropped)
    #expect(lines.filter { $0["number"] != nil }.count == 5_000 - dropped)
    #expect(lines.last?["message"] as? String == "after")
  }

  @Test("Lines of many writers come whole and each writer's in order")
  func interleaving() throws {
    let piped = Piped()
    let all = Mutex(Data())
    let reader = Thread {
      let data = (try? piped.pipe.fileHandleForReading.readToEnd()) ?? Data()
      all.withLock { $0 = data }
    }
    reader.start()
    DispatchQueue.concurrentPerform(iterations: 8) { writer in
      for number in 0..<500 {
        piped.log.info("line", ["writer": .integer(writer), "number": .integer(number)])
      }
    }
    piped.writer.close(within: .seconds(10))
    try piped.pipe.fileHandleForWriting.close()
    let deadline = ContinuousClock.now + .seconds(10)
    while !reader.isFinished, .now < deadline { usleep(2_000) }
    let lines = try Piped.objects(all.withLock { $0 })
    for writer in 0..<8 {
      let numbers = lines.filter { $0["writer"] as? Int == writer }.map { $0["number"] as? Int }
      #expect(numbers == Array(0..<500))
    }
  }

  @Test("A moment is written as the calendar has it")
  func times() {
    var generator = SystemRandomNumberGenerator()
    let chosen = [0, 951_782_400, 951_868_799, 1_709_164_800, 4_107_542_399, 1_764_000_000]
    let random = (0..<2_000).map { _ in Int.random(in: 0..<16_725_225_600, using: &generator) }
    let formatter = ISO8601DateFormatter()
    for seconds in chosen + random {
      let expected = formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds)))
      let ours = "\(LogTime(seconds: seconds, microseconds: 42))"
      #expect(ours == expected.dropLast() + ".000042Z", "\(seconds)")
    }
  }
}
