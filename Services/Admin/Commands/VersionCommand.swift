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

  /// With the commit, which `compose/up` leaves beside the build.
  static var text: String {
    let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    for folder in [program.deletingLastPathComponent()].flatMap(ancestors) {
      let file = folder.appending(path: "commit")
      if let commit = try? String(contentsOf: file, encoding: .utf8) {
        return "\(number) (\(commit.trimmingCharacters(in: .whitespacesAndNewlines)))"
      }
    }
    return number
  }

  /// A program lies in `.build/PLATFORM/debug`.
  private static func ancestors(_ folder: URL) -> [URL] {
    [folder, folder.deletingLastPathComponent()].flatMap { [$0, $0.deletingLastPathComponent()] }
  }
}
