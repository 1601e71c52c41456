import Foundation
import Peers
import Testing

/// One text file of the project.
struct SourceFile: CustomTestStringConvertible, Sendable {
  /// From the top of the clone, `Shared/Transport/HTTP2/HTTP2Session.swift`.
  let path: String

  var testDescription: String { path }

  /// Generated files keep their generator's rules, not the house's.
  var isGenerated: Bool { path.contains("/Generated/") || path.contains("/CDescriptor/") }

  func text() throws -> String { try Repository.text(of: path) }

  func lines() throws -> [Substring] {
    try text().split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The modules that a Swift file imports, whatever the access level.
  func importedModules() throws -> [String] {
    try lines().compactMap { line in
      let words = line.split(separator: " ")
      guard let index = words.firstIndex(of: "import"), index < 2, index + 1 < words.count,
        index == 0 || ["package", "internal", "private", "public", "@testable"].contains(words[0])
      else { return nil }
      return words[index + 1].split(separator: ".").first.map(String.init)
    }
  }

  /// Every file that git knows, or would with the next `git add`.
  static let all: [SourceFile] = {
    guard let list = try? run("git", ["ls-files", "-co", "--exclude-standard"]) else { return [] }
    return list.split(separator: "\n").map { SourceFile(path: String($0)) }
      .filter {
        FileManager.default.fileExists(atPath: Repository.root.appending(path: $0.path).path)
      }
  }()

  static func swift(under folders: String...) -> [SourceFile] {
    all.filter { file in
      file.path.hasSuffix(".swift") && !file.isGenerated
        && (folders.isEmpty || folders.contains { file.path.hasPrefix($0 + "/") })
    }
  }

  static func run(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process.held()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = Repository.root
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}
