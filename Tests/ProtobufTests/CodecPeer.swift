import Foundation
import Peers

/// Our codec in a process of its own, where its memory can be read.
final class CodecPeer {
  struct Died: Error {}

  private let process = Process.held()
  private let requests = Pipe()
  private let answers = Pipe()

  init() throws {
    process.executableURL = Repository.executable("codec-peer")
    process.standardInput = requests
    process.standardOutput = answers
    try process.run()
  }

  deinit {
    try? requests.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Nil when the request is refused.
  func ask(_ letter: Character, _ bytes: [UInt8]) throws -> [UInt8]? {
    let length = UInt32(bytes.count)
    let head = [letter.asciiValue!] + (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
    try requests.fileHandleForWriting.write(contentsOf: Data(head + bytes))
    let answer = try read(5)
    let count = answer[1...].reversed().reduce(0) { $0 << 8 | Int($1) }
    let content = try read(count)
    return answer[0] == UInt8(ascii: "+") ? content : nil
  }

  private func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      guard
        let more = try answers.fileHandleForReading.read(upToCount: count - bytes.count),
        !more.isEmpty
      else { throw Died() }
      bytes += more
    }
    return bytes
  }

  /// The most memory the process ever had, in bytes.
  func peakMemory() throws -> Int {
    let status = try String(
      contentsOf: URL(filePath: "/proc/\(process.processIdentifier)/status"), encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return (kilobytes ?? .max >> 10) << 10
  }
}
