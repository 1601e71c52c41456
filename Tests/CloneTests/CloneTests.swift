import Foundation
import Peers
import Testing

/// The first hour of somebody who has just cloned the project: nothing is built, nothing is there.
///
/// A target of its own, because the build from nothing takes minutes.
@Suite(.serialized) struct CloneTests {
  @Test("A fresh clone comes up with one command, the README's lines work there, down ends it")
  func clone() async throws {
    let clone = try await Clone()
    // Somebody else's suite on the same machine, which all of it leaves alone.
    try await withSuite("--no-demonstration") { other, _ in
      let suite = try RunningSuite(of: clone.root)
      defer { try? FileManager.default.removeItem(at: suite.data) }
      let start = ContinuousClock.now
      do {
        let said = try await suite.script(
          "up", ["--detach", "--data", suite.data.path], within: .seconds(1800))
        print("up from nothing took \(ContinuousClock.now - start)")
        try check(said, suite)
        #expect(try clone.runningPrograms() == ["cabildo-gateway", "cabildo-membership"])
        try await readme(suite)
        let again = ContinuousClock.now
        let second = try await suite.script(
          "up", ["--detach", "--data", suite.data.path], within: .seconds(300))
        print("up again, with nothing to build, took \(ContinuousClock.now - again)")
        #expect(second.contains("membership runs already"))
        #expect(try await suite.down() == "gateway ended\nmembership ended\n")
      } catch {
        _ = try? await suite.down()
        throw error
      }
      #expect(try clone.runningPrograms() == [])
      #expect(try await other.cabildo("health").contains("SERVING"))
    }
  }

  /// What was said on the way: each step by its name, the long one with its progress.
  private func check(_ said: String, _ suite: RunningSuite) throws {
    let steps = said.split(separator: "\n").filter { $0.hasPrefix("==> ") }
    for step in ["Swift", "Addresses", "Build", "Keys", "Services", "Demonstration data"] {
      #expect(
        steps.contains { $0.hasPrefix("==> \(step)") && $0.contains(": done in ") }, "\(step)")
    }
    let compiled = said.matches(of: #/(?m)^\[\d+/\d+\] Compiling/#).count
    #expect(compiled > 100, "it was built before")
    #expect(said.contains("gateway serves on \(suite.gateway)"))
    #expect(said.contains("cabildo members search bilbao --lang es"))
  }

  private func readme(_ suite: RunningSuite) async throws {
    let lines = try Repository.typedLines().filter {
      !$0.hasPrefix("./compose/up") && !$0.hasPrefix("./compose/test")
    }
    #expect(lines.count >= 12)
    let output = try await suite.shell(lines, within: .seconds(600))
    #expect(output.contains("Ciudad de Bilbao"))
    #expect(output.contains("fr: Ville de Bilbao [fr]"))
    #expect(output.contains("grpc_server_handled_total"))
    let version = try await suite.shell([
      ".build/debug/cabildo-membership --version", "git rev-parse --short HEAD",
    ]).split(separator: "\n")
    #expect(version.first?.contains("(commit \(version.last ?? "none")") == true)
  }
}

/// A clone of the tree under test in a folder that goes with it.
struct Clone {
  private let folder: TemporaryFolder
  let root: URL

  /// What git has of it; what is not committed yet comes along as the next commit would have it.
  init() async throws {
    folder = try TemporaryFolder()
    root = folder.url.appending(path: "cabildo")
    let (code, output) = try await Program.run(
      URL(filePath: "/bin/bash"),
      ["-euo", "pipefail", "-c", Self.cloning, Repository.root.path, root.path],
      within: .seconds(120))
    guard code == 0 else { throw RunningSuite.Failed(description: output) }
  }

  private static let cloning = """
    git clone --quiet "$0" "$1"
    cd "$0"
    [ -n "$(git status --porcelain)" ] || exit 0
    (cd "$1" && git ls-files -z | xargs -0 rm -f)
    git ls-files -coz --exclude-standard | while IFS= read -r -d '' file; do
      [ ! -e "$file" ] || printf '%s\\0' "$file"
    done | tar --create --null --files-from - | tar --extract --directory "$1"
    """

  /// The names of its programs that run.
  func runningPrograms() throws -> [String] {
    let here = root.resolvingSymlinksInPath().path + "/"
    return try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { id in
      guard Int(id) != nil,
        let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(id)/exe"),
        program.hasPrefix(here)
      else { return nil }
      return URL(filePath: program).lastPathComponent
    }.sorted()
  }
}
