import Foundation

/// Where a feed was read up to, in a file that is always whole.
struct CursorFile {
  private static let bytesMaximum = 4_096

  let path: String

  init(_ path: String) { self.path = path }

  /// Nil where there is no file yet.
  func read() throws -> String? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path), data.count <= Self.bytesMaximum,
      let text = String(data: data, encoding: .utf8)
    else { throw UsageError("\(path) holds no cursor", advice: "Remove it, or name another.") }
    let cursor = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return cursor.isEmpty ? nil : cursor
  }

  func write(_ cursor: String) throws {
    do {
      try Data((cursor + "\n").utf8).write(to: URL(filePath: path), options: .atomic)
    } catch { throw UsageError("the cursor cannot be kept in \(path)", advice: nil) }
  }
}
