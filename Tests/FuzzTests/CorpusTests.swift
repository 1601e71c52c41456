import Foundation
import FuzzTargets
import Peers
import Testing

/// `Tests/Corpus/Fuzz`: what libFuzzer reached each part with, and all that ever broke one.
@Suite struct CorpusTests {
  static func files(_ target: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: Repository.root.appending(path: "Tests/Corpus/Fuzz/\(target)"),
      includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
  }

  @Test("The rules hold for all that is kept", arguments: FuzzTarget.all.map(\.name))
  func rules(name: String) throws {
    let target = try #require(FuzzTarget.named(name))
    let files = try Self.files(name)
    #expect(!files.isEmpty, "nothing is kept for \(name)")
    for file in files {
      let bytes = [UInt8](try Data(contentsOf: file))
      do throws(Finding) {
        try target.run(bytes)
      } catch { Issue.record("\(file.lastPathComponent): \(error)") }
    }
  }

  @Test("Every folder is a target's") func folders() throws {
    let folder = Repository.root.appending(path: "Tests/Corpus/Fuzz").path
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(Set(names) == Set(FuzzTarget.all.map(\.name)))
  }
}
