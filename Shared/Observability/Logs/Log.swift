internal import Synchronization

/// The log of a process: JSON lines with time, level, message, service, and what the moment adds.
///
/// Nothing that a caller sent belongs into it, nor a token: who acts is named by an opaque subject.
package final class Log: Sendable {
  package typealias Fields = KeyValuePairs<String, LogValue>
  /// Adds what belongs to the moment, as the ids of the call being served.
  package typealias Ambience = @Sendable (inout JSONLine) -> Void

  private let service: String
  private let writer: LogWriter
  private let ambience: Ambience
  private let least: Atomic<UInt8>

  package init(
    service: String, level: LogLevel, writer: LogWriter,
    ambience: @escaping Ambience = { _ in }
  ) {
    self.service = service
    self.writer = writer
    self.ambience = ambience
    least = Atomic(level.rawValue)
  }

  /// The least level that is written.
  package var level: LogLevel {
    get { LogLevel(rawValue: least.load(ordering: .relaxed)) ?? .info }
    set { least.store(newValue.rawValue, ordering: .relaxed) }
  }

  package func isOn(_ level: LogLevel) -> Bool {
    level.rawValue >= least.load(ordering: .relaxed)
  }

  /// Fields are not even made when the level is not written.
  package func write(
    _ level: LogLevel, _ message: String, _ fields: @autoclosure () -> Fields = [:]
  ) {
    guard isOn(level) else { return }
    write(level, message) { line in
      ambience(&line)
      for (key, value) in fields() { line.add(key, value) }
    }
  }

  /// A line without the moment's ambience, whose fields `add` adds.
  package func write(_ level: LogLevel, _ message: String, adding add: (inout JSONLine) -> Void) {
    guard isOn(level) else { return }
    var line = JSONLine()
    line.add("time", .text("\(LogTime.now)"))
    line.add("level", .text("\(level)"))
    line.add("message", .text(message))
    line.add("service", .text(service))
    add(&line)
    writer.write(line.finished())
  }

  package func debug(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.debug, message, fields())
  }

  package func info(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.info, message, fields())
  }

  package func notice(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.notice, message, fields())
  }

  package func warning(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.warning, message, fields())
  }

  package func error(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.error, message, fields())
  }
}
