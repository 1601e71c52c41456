import Foundation
import Peers
import Testing

/// The dialogues of `Tests/Corpus/connections`: whatever they bring, the next caller is served.
@Suite(.served, .serialized) struct CorpusTests {
  static let folder = "Tests/Corpus/connections"

  static func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: Repository.root.appending(path: folder).path
    ).filter { $0.hasSuffix(".steps") }.sorted()
  }

  @Test("A dialogue that did harm does none", arguments: try names())
  func harmless(name: String) throws {
    let lines = try Repository.text(of: "\(Self.folder)/\(name)").split(separator: "\n")
    let steps = try lines.map { $0.prefix { $0 != ";" }.trimmed }.filter { !$0.isEmpty }
      .flatMap(Step.parse)
    #expect(!steps.isEmpty)
    let peer = try RawPeer.started(port: ServerUnderTest.port)
    for step in steps { try Player.perform(step, with: peer) }
    try peer.listen(for: .milliseconds(100))
    let next = try RawPeer.started(port: ServerUnderTest.port)
    try next.callEmpty(on: 1)
    #expect(next.answer(on: 1).fields["grpc-status"] == "0")
  }
}
