import Foundation
import Synchronization

/// Where words go: answers to standard output, all else to standard error.
enum Terminal {
  /// Nobody reads standard output any more.
  struct BrokenPipe: Error {}

  static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
  static let errorIsTerminal = isatty(STDERR_FILENO) == 1
  static let inputIsTerminal = isatty(STDIN_FILENO) == 1

  private static let environment = ProcessInfo.processInfo.environment
  private static let defaultColumns = 80
  private static let isDumb = environment["TERM"] == "dumb"
  private static let wantsColour = environment["NO_COLOR", default: ""].isEmpty && !isDumb

  /// Lines on a terminal may be drawn over: where there is one, and it can.
  static let redraws = errorIsTerminal && !isDumb

  static var columns: Int {
    if let given = environment["COLUMNS"].flatMap({ Int($0) }), given > 0 { return given }
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return defaultColumns
    }
    return Int(size.ws_col)
  }

  static func bold(_ text: String) -> String {
    outputIsTerminal && wantsColour ? "\u{1b}[1m\(text)\u{1b}[0m" : text
  }

  static func alarming(_ text: String) -> String {
    errorIsTerminal && wantsColour ? "\u{1b}[1;31m\(text)\u{1b}[0m" : text
  }

  static func write(_ text: String) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch { throw BrokenPipe() }
  }

  static func writeLine(_ text: String) throws { try write(text + "\n") }

  /// One line for the person, beside the answer.
  static func tell(_ line: String) { tell(raw: line + "\n") }

  static func tell(raw text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  private static let asking = Atomic(false)

  /// Somebody is being asked: Ctrl-C is an answer then.
  static var isAsking: Bool { asking.load(ordering: .relaxed) }

  /// Asks for a yes on the terminal.
  static func confirms(_ question: String) -> Bool {
    tell(raw: "\(question) [y/N] ")
    asking.store(true, ordering: .relaxed)
    let answer = readLine()?.lowercased() ?? ""
    asking.store(false, ordering: .relaxed)
    return ["y", "yes", "s", "si", "sí", "o", "oui"].contains(answer)
  }
}
