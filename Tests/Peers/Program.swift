package import Foundation
import Synchronization

/// Another process: a server or a client that a test talks to. It ends when the object goes.
package final class Program: Sendable {
  package enum Failure: Error {
    case ended(name: String, output: String)
    case saidNothing(name: String, output: String)
  }

  private let process: Process
  private let output = Output()

  /// Starts a program; what it prints, on both its outputs, is kept.
  package init(_ executable: URL, _ arguments: [String], environment: [String: String] = [:])
    throws
  {
    process = Process.held()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let reading = pipe.fileHandleForReading
    Thread { [output] in output.read(reading) }.start()
  }

  deinit {
    end()
  }

  /// By SIGKILL: a child inherits the signals that its spawning thread holds back, SIGTERM too.
  private func end() {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  package var name: String { process.executableURL?.lastPathComponent ?? "" }

  package var printed: String {
    String(decoding: output.bytes, as: UTF8.self)
  }

  /// Everything printed, once the program has closed its outputs.
  package func allPrinted() async -> String {
    let deadline = ContinuousClock.now + .seconds(10)
    while !output.hasEnded, .now < deadline {
      try? await Task.sleep(for: .milliseconds(2))
    }
    return printed
  }

  package var isRunning: Bool { process.isRunning }
  package var processID: Int32 { process.processIdentifier }

  package func send(signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits for the program to print a line that begins with `prefix`, and returns the rest of it.
  package func line(after prefix: String, within patience: Duration = .seconds(20)) async throws
    -> String
  {
    let deadline = ContinuousClock.now + patience * Slack.factor
    while .now < deadline {
      let lines = printed.split(separator: "\n").dropLast(printed.hasSuffix("\n") ? 0 : 1)
      if let line = lines.first(where: { $0.hasPrefix(prefix) }) {
        return String(line.dropFirst(prefix.count))
      }
      guard isRunning else { throw Failure.ended(name: name, output: printed) }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw Failure.saidNothing(name: name, output: printed)
  }

  /// Waits for the end and returns the exit code; nil, and an end, when it takes too long.
  package func exitCode(within patience: Duration) async throws -> Int32? {
    let deadline = ContinuousClock.now + patience * Slack.factor
    while process.isRunning, .now < deadline {
      try await Task.sleep(for: .milliseconds(10))
    }
    guard !process.isRunning else {
      end()
      return nil
    }
    return process.terminationStatus
  }
}

/// What a program has printed so far, read on a thread of its own.
private final class Output: Sendable {
  private let state = Mutex(State())

  private struct State {
    var bytes = Data()
    var hasEnded = false
  }

  var bytes: Data { state.withLock { $0.bytes } }
  var hasEnded: Bool { state.withLock { $0.hasEnded } }

  /// Returns when all that can write has closed.
  func read(_ handle: FileHandle) {
    while true {
      let data = handle.availableData
      guard !data.isEmpty else { return state.withLock { $0.hasEnded = true } }
      state.withLock { $0.bytes += data }
    }
  }
}
