import Foundation
import Peers
import Testing

/// The map of the modules is the land: manifest, README and imports say the same.
@Suite struct ManifestTests {
  @Test("The manifest is read") func read() {
    #expect(Manifest.targets.count > 50)
    #expect(Manifest.targets.contains { $0.name == "RPC" && $0.declared.contains("HTTP2") })
  }

  @Test(
    "A target declares whom it imports, and nobody else",
    arguments: Manifest.targets.filter { !$0.sources.isEmpty })
  func imports(target: Manifest.Target) throws {
    // Programs are declared by the tests that start them.
    let programs = Manifest.targets.filter { $0.type == "executable" }.map(\.module)
    let ours = Manifest.targets.map(\.module)
    let imported = try Set(target.sources.flatMap { try $0.importedModules() })
    #expect(target.declared.subtracting(imported).subtracting(programs) == [], "never imported")
    let known = imported.filter { ours.contains($0) || Self.isOfPackages($0) }
    #expect(known.subtracting(target.declared).subtracting([target.module]) == [], "undeclared")
  }

  private static func isOfPackages(_ module: String) -> Bool {
    module.hasPrefix("NIO") || ["ArgumentParser", "Crypto"].contains(module)
  }

  @Test("The README's table says of every module of the product what the manifest says")
  func table() throws {
    let ours = Set(Manifest.targets.map(\.module))
    var untold = Set(
      Manifest.targets.filter { target in
        target.sources.contains { !$0.path.hasPrefix("Tests/") } && target.type != "test"
      }.map(\.name))
    for row in try Self.rows() {
      for name in row.modules {
        let target = try #require(Manifest.targets.first { $0.name == name }, "no module \(name)")
        #expect(target.declared.intersection(ours) == row.imports, "\(name) in the README")
        untold.remove(name)
      }
    }
    #expect(untold == [], "not in the README's table")
  }

  private struct Row {
    let modules: [String]
    let imports: Set<String>
  }

  /// The rows as they are written: names with commas; what follows a semicolon is for people.
  private static func rows() throws -> [Row] {
    let text = try Repository.text(of: "README.md")
    let table = text.split(separator: "| module | may import of ours |\n|---|---|\n").dropFirst()
      .first
    return (table ?? "").split(separator: "\n", omittingEmptySubsequences: false)
      .prefix { $0.hasPrefix("| ") }.map { line in
        let cells = line.split(separator: "|").map { cell in
          cell.prefix { $0 != ";" }.replacing("`", with: "").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }
        }
        return Row(modules: cells[0], imports: Set(cells[1]).subtracting(["nothing"]))
      }
  }
}
