import Foundation
import NIOPosix
import RPC
import RPCClient

/// One call on a channel of its own, and what it cost the process.
struct Probe {
  let target: String
  let kind: CallKind
  let timeout: Duration

  /// `call code=… us=… peak_kib=… kept_kib=… descriptors=…`: the most memory beyond what there was
  /// before, and what is left when the channel is gone.
  func run() async throws -> String {
    ProcessMemory.resetPeak()
    let before = ProcessMemory.resident
    let descriptors = ProcessMemory.descriptors
    let start = ContinuousClock.now
    let (code, channel) = try await call()
    let microseconds = Int(start.duration(to: .now) / .microseconds(1))
    await channel.shutdown(grace: .zero)
    let (peak, after) = (ProcessMemory.peak, ProcessMemory.resident)
    return "call code=\(code) us=\(microseconds) peak_kib=\(peak - before) "
      + "kept_kib=\(after - before) descriptors=\(ProcessMemory.descriptors - descriptors)"
  }

  private func call() async throws -> (code: String, channel: RPCChannel) {
    let channel = RPCChannel(
      target: try Target(target), eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
    var code = "OK"
    do {
      let stream = try await channel.open(
        ClientRequest(
          "/t.T/M", kind, CallOptions(timeout: timeout), soleMessage: MessageFrame(payload: [1])))
      if kind == .unary {
        _ = try await stream.soleMessage()
      } else {
        // As a caller who has other things to do: nothing is read until the deadline is near.
        try await Task.sleep(for: timeout * 0.8)
        while try await stream.nextMessage() != nil {}
      }
    } catch {
      code = (error as? RPCError)?.code.name ?? "\(error)"
    }
    return (code, channel)
  }
}

/// Calls until the time is over, and prints the answers as they change.
func follow(_ target: String, for time: Duration) async throws {
  let end = ContinuousClock.now + time
  var configuration = ChannelConfiguration()
  configuration.resolutionPeriod = .milliseconds(300)
  configuration.resolutionSpacing = .milliseconds(100)
  configuration.backoff = Backoff(initial: .milliseconds(50), maximum: .milliseconds(200))
  let channel = RPCChannel(
    target: try Target(target), configuration: configuration,
    eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
  var last: [UInt8]?
  while ContinuousClock.now < end {
    let message = MessageFrame(payload: [])
    let answer = try? await channel.open(
      ClientRequest("/t.T/M", .unary, CallOptions(timeout: .seconds(1)), soleMessage: message)
    ).soleMessage()
    if let answer, answer != last {
      say("answer \(String(decoding: answer, as: UTF8.self))")
      last = answer
    }
    try await Task.sleep(for: .milliseconds(20))
  }
  await channel.shutdown(grace: .zero)
}

/// Prints a line at once: what a sanitizer ends must have said what it had to say.
func say(_ line: String) {
  print(line)
  fflush(nil)
}

/// What the kernel says of this process.
enum ProcessMemory {
  static var resident: Int { kibibytes("VmRSS") }
  static var peak: Int { kibibytes("VmHWM") }

  static func resetPeak() { try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs")) }

  static var descriptors: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? -1
  }

  private static func kibibytes(_ name: String) -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
    return Int(line.filter(\.isNumber)) ?? -1
  }
}
