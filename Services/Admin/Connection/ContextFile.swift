import Foundation

/// The servers that a person works with, by name: `$XDG_CONFIG_HOME/cabildo/config`.
///
/// The file holds no secret, but where secrets are; so it is its owner's alone.
struct ContextFile: Codable, Equatable {
  struct Context: Codable, Equatable {
    var server: String
    var tls: Bool?
    var ca: String?
    var tokenFile: String?
  }

  var current: String?
  var contexts: [String: Context] = [:]

  static var location: URL {
    let environment = ProcessInfo.processInfo.environment
    let home =
      environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : URL(filePath: $0) }
      ?? URL(filePath: environment["HOME"] ?? ".").appending(path: ".config")
    return home.appending(path: "cabildo/config")
  }

  /// Empty where there is no file.
  static func read(_ file: URL = location) throws -> ContextFile {
    guard FileManager.default.fileExists(atPath: file.path) else { return ContextFile() }
    do {
      return try JSONDecoder().decode(ContextFile.self, from: Data(contentsOf: file))
    } catch {
      throw UsageError(
        "\(file.path) is no configuration of cabildo", advice: "Mend it, or remove it.")
    }
  }

  /// Puts a whole new file in place of the old, so that none is ever half-written.
  func write(_ file: URL = location) throws {
    let folder = file.deletingLastPathComponent()
    let manager = FileManager.default
    try manager.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let fresh = folder.appending(path: "config.\(getpid())")
    guard
      manager.createFile(
        atPath: fresh.path, contents: try encoder.encode(self) + Data("\n".utf8),
        attributes: [.posixPermissions: 0o600]),
      unsafe rename(fresh.path, file.path) == 0
    else {
      try? manager.removeItem(at: fresh)
      throw UsageError("\(file.path) cannot be written", advice: nil)
    }
  }

  /// The context that a name, or its absence, means.
  func context(_ name: String?) throws -> Context? {
    guard let name = name ?? current else { return nil }
    guard let context = contexts[name] else {
      throw UsageError(
        "no context is called \(name)", advice: "cabildo context list shows those there are.")
    }
    return context
  }
}
