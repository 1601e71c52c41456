import Foundation
import Peers

/// `Package.swift` as SwiftPM reads it.
struct Manifest: Decodable {
  struct Target: Decodable, Sendable, CustomStringConvertible {
    let name: String
    let type: String
    private let path: String?
    private let exclude: [String]
    private let dependencies: [Dependency]

    var description: String { name }

    /// What Swift calls it.
    var module: String { Manifest.module(name) }

    /// The modules that it may import.
    var declared: Set<String> { Set(dependencies.map { Manifest.module($0.name) }) }

    /// The Swift files it is made of, those of a generator too.
    var sources: [SourceFile] {
      guard let path else { return [] }
      let excluded = exclude.map { "\(path)/\($0)/" }
      return SourceFile.all.filter { file in
        file.path.hasPrefix(path + "/") && file.path.hasSuffix(".swift")
          && !excluded.contains { file.path.hasPrefix($0) }
      }
    }
  }

  /// `{"byName": ["RPC", null]}` or `{"product": ["NIOCore", "swift-nio", null, null]}`.
  private struct Dependency: Decodable, Sendable {
    let name: String

    init(from decoder: any Decoder) throws {
      let kinds = try decoder.singleValueContainer().decode([String: [Word?]].self)
      name = kinds.values.first?.first??.text ?? ""
    }

    /// A string, or a condition, which none of ours has.
    private struct Word: Decodable {
      let text: String?

      init(from decoder: any Decoder) throws {
        text = try? decoder.singleValueContainer().decode(String.self)
      }
    }
  }

  let targets: [Target]

  static let current: Manifest? = try? read()

  private static func read() throws -> Manifest {
    let scratch = try TemporaryFolder()
    let text = try SourceFile.run(
      "swift", ["package", "--scratch-path", scratch.url.path, "dump-package"])
    return try JSONDecoder().decode(Manifest.self, from: Data(text.utf8))
  }

  static var targets: [Target] { current?.targets ?? [] }

  private static func module(_ name: String) -> String { name.replacing("-", with: "_") }
}
