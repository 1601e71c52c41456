import Attacks
import Foundation
import Peers

/// The interop server as a program of its own, so that what is measured is the server's alone.
struct ServerUnderAttack {
  let program: Program
  let port: UInt16

  /// Times are short here, so that a test need not wait for them: a second for greetings and header
  /// blocks, two for output that is not taken.
  static let hasty = [
    "--stubborn=true", "--greeting_timeout=1000", "--header_timeout=1000", "--output_timeout=2000",
  ]

  /// Takes for a flood what is a tenth of one: how fast a machine floods, or hears a flood, is then
  /// no matter. The allowances themselves are tested where there is no clock.
  static func flags(for attack: Attack) -> [String] {
    if case .calm = attack.cutOff { hasty + ["--flood_share=10"] } else { hasty }
  }

  init(_ flags: [String] = ServerUnderAttack.hasty) async throws {
    (program, port) = try await Program.interopServer(.ours, flags)
  }

  /// Memory that the server has in use, in MiB.
  var memory: Double {
    let status = (try? String(contentsOfFile: "/proc/\(program.processID)/status", encoding: .utf8))
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
    let kilobytes = line.split(separator: " ").compactMap { Double($0) }.first ?? 0
    return kilobytes / 1024
  }

  /// Seconds of processor time that the server has used.
  var processorTime: Double {
    let text =
      (try? String(contentsOfFile: "/proc/\(program.processID)/stat", encoding: .utf8)) ?? ""
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
      return 0
    }
    return (user + system) / Double(sysconf(CInt(_SC_CLK_TCK)))
  }

  var openDescriptors: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(program.processID)/fd").count)
      ?? 0
  }

  /// How many descriptors the server may have from now on.
  func limitDescriptors(to count: Int) async throws {
    let (code, output) = try await Program.run(
      URL(filePath: "/usr/bin/prlimit"), ["--pid=\(program.processID)", "--nofile=\(count)"])
    guard code == 0 else { throw Program.Failure.ended(name: "prlimit", output: output) }
  }

  /// The share of a second that the server uses while nobody wants anything.
  func idleShare() async throws -> Double {
    let before = processorTime
    try await Task.sleep(for: .seconds(1))
    return processorTime - before
  }

  /// How many connections have ended for each reason.
  func ends() async throws -> [String: Int] {
    let text = try await onThread {
      let peer = try RawPeer(port: port)
      try peer.send(Array("GET /ends HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n".utf8))
      return String(decoding: try peer.readToEnd(), as: UTF8.self)
    }
    let lines = text.split(separator: "\r\n\r\n", maxSplits: 1).last?.split(separator: "\n") ?? []
    return Dictionary(
      uniqueKeysWithValues: lines.compactMap { line in
        let words = line.split(separator: " ")
        guard words.count == 2, let count = Int(words[1]) else { return nil }
        return (String(words[0]), count)
      })
  }

  /// Has a program attack it and returns what came of it.
  func suffer(_ attack: Attack, seconds: Int, connections: Int = 1) async throws -> String {
    let (code, output) = try await Program.run(
      Repository.executable("attacker"),
      [
        attack.name, "--port=\(port)", "--seconds=\(seconds)", "--connections=\(connections)",
      ], within: .seconds(seconds + 60))
    guard code == 0 else { throw Program.Failure.ended(name: attack.name, output: output) }
    return output
  }
}
