import Foundation
import Peers
import Protobuf
import TestMessages
import Testing

/// Inputs that once broke the codec, a file each.
///
/// The first line says what went wrong; then an `Everything`, and how it is written again or
/// `refused`: encoded and in hex in `Tests/Corpus/Protobuf`, as JSON in `Tests/Corpus/JSON`.
@Suite struct CorpusTests {
  static let files = names(in: "Protobuf")
  static let jsonFiles = names(in: "JSON")

  private static func names(in folder: String) -> [String] {
    let folder = Repository.root.appending(path: "Tests/Corpus/\(folder)").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted()
  }

  @Test("The corpus is there") func isThere() {
    #expect(!Self.files.isEmpty)
    #expect(!Self.jsonFiles.isEmpty)
  }

  @Test("What broke the JSON once does not again", arguments: jsonFiles)
  func keptJSON(file: String) throws {
    let lines = try Repository.text(of: "Tests/Corpus/JSON/\(file)").split(separator: "\n")
    try #require(lines.count == 3)
    let message = try? TestingV1.Everything(json: String(lines[1]))
    let again = try message?.jsonString()
    #expect(again ?? "refused" == lines[2])
  }

  @Test("What broke the codec once does not again", arguments: files)
  func kept(file: String) throws {
    let lines = try Repository.text(of: "Tests/Corpus/Protobuf/\(file)").split(separator: "\n")
    try #require(lines.count == 3)
    let message = try? TestingV1.Everything(decoding: bytes(String(lines[1])))
    #expect(message.map { hex($0.encoded()) } ?? "refused" == lines[2])
  }
}
