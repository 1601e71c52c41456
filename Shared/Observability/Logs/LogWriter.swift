internal import Dispatch
internal import Foundation
internal import Glibc
internal import Synchronization

/// Writes lines to a file descriptor from a thread of its own. Who logs never waits: when the
/// reader of the log does not keep up and the queue is full, lines are dropped, counted, and the
/// log says how many as soon as it can.
package final class LogWriter: Sendable {
  /// Lines and bytes that may wait.
  package struct Limits: Sendable {
    package var lines = 16_384
    package var bytes = 8 << 20

    package init() {}
  }

  private let state = Mutex(State())
  private let wakeUp = DispatchSemaphore(value: 0)
  private let idle = DispatchSemaphore(value: 0)
  private let descriptor: CInt
  private let limits: Limits

  private struct State {
    var lines: [[UInt8]] = []
    var bytes = 0
    var isWriting = false
    var isClosed = false
    var waiters = 0
    var dropped = 0
    var unsaidDrops = 0
  }

  package init(descriptor: CInt = STDERR_FILENO, limits: Limits = Limits()) {
    self.descriptor = descriptor
    self.limits = limits
    let thread = Thread { self.run() }
    thread.name = "log"
    thread.start()
  }

  /// Lines that nobody will read, since the start.
  package var dropped: Int { state.withLock { $0.dropped } }

  /// Queues a line, its end included.
  package func write(_ line: [UInt8]) {
    let isFirst = state.withLock { state in
      guard !state.isClosed, state.lines.count < limits.lines,
        state.bytes + line.count <= limits.bytes
      else {
        state.dropped += 1
        state.unsaidDrops += 1
        return false
      }
      state.lines.append(line)
      state.bytes += line.count
      return state.lines.count == 1
    }
    if isFirst { wakeUp.signal() }
  }

  /// Waits until what was queued is written, for so long at most.
  package func flush(within patience: Duration) {
    let mustWait = state.withLock { state in
      guard !state.lines.isEmpty || state.isWriting else { return false }
      state.waiters += 1
      return true
    }
    guard mustWait else { return }
    _ = idle.wait(timeout: .now() + .milliseconds(Int(patience / .milliseconds(1))))
  }

  /// Takes no more lines, writes those that wait, and ends the thread.
  package func close(within patience: Duration) {
    flush(within: patience)
    state.withLock { $0.isClosed = true }
    wakeUp.signal()
  }

  private func run() {
    while true {
      wakeUp.wait()
      while let lines = takeLines() {
        put(Array(lines.joined()))
      }
      if state.withLock({ $0.isClosed }) { return }
    }
  }

  /// What waits, with a line about those that were dropped; nil when there is nothing.
  private func takeLines() -> [[UInt8]]? {
    let (lines, waiters) = state.withLock { state -> ([[UInt8]]?, Int) in
      guard !state.lines.isEmpty else {
        state.isWriting = false
        defer { state.waiters = 0 }
        return (nil, state.waiters)
      }
      defer {
        state.lines = []
        state.bytes = 0
        state.unsaidDrops = 0
        state.isWriting = true
      }
      return (state.lines + Self.notice(of: state.unsaidDrops), 0)
    }
    for _ in 0..<waiters { idle.signal() }
    return lines
  }

  private static func notice(of drops: Int) -> [[UInt8]] {
    guard drops > 0 else { return [] }
    var line = JSONLine()
    line.add("time", .text("\(LogTime.now)"))
    line.add("level", "warning")
    line.add("message", "log lines were dropped: their reader does not keep up")
    line.add("dropped", .integer(drops))
    return [line.finished()]
  }

  /// A write that fails has nobody to be told of it.
  private func put(_ bytes: [UInt8]) {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes[written...].withUnsafeBytes { rest in
        unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if count > 0 {
        written += count
      } else if errno == EAGAIN {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&wanted, 1, -1)
      } else if errno != EINTR {
        return
      }
    }
  }
}
