import ArgumentParser
import Foundation

struct VersionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Prints the version of this program.",
    discussion: """
      Example:
      $ cabildo version
      """)

  func run() async throws { try Terminal.writeLine("cabildo \(Version.text)") }
}

enum Version {
  static let number = "0.1.0"

  /// With the commit, which `compose/up` leaves beside the programs when it has built them.
  static var text: String {
    let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    let file = program.deletingLastPathComponent().appending(path: "CABILDO_COMMIT")
    guard let commit = try? String(contentsOf: file, encoding: .utf8) else { return number }
    return "\(number) (commit \(commit.trimmingCharacters(in: .whitespacesAndNewlines)))"
  }
}
