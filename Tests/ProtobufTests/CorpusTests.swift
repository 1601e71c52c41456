import Foundation
import Peers
import Protobuf
import TestMessages
import Testing

/// Inputs that once broke the codec: `Tests/Corpus/Protobuf`, a file each.
///
/// The first line says what went wrong; then an encoded `Everything` in hex, and how it is encoded
/// again or `refused`.
@Suite struct CorpusTests {
  static let files: [String] = {
    let folder = Repository.root.appending(path: "Tests/Corpus/Protobuf").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted()
  }()

  @Test("The corpus is there") func isThere() { #expect(!Self.files.isEmpty) }

  @Test("What broke the codec once does not again", arguments: files)
  func kept(file: String) throws {
    let lines = try Repository.text(of: "Tests/Corpus/Protobuf/\(file)").split(separator: "\n")
    try #require(lines.count == 3)
    let message = try? TestingV1.Everything(decoding: bytes(String(lines[1])))
    #expect(message.map { hex($0.encoded()) } ?? "refused" == lines[2])
  }
}
