import Peers

/// `Protos/README.md`, as far as it can be played.
enum ProtocolDocument {
  static let path = "Protos/README.md"

  /// The rows of one part of "What you send, what you get": their numbers begin with the part's.
  static func rows(under part: Int) throws -> [Row] {
    try lines().compactMap { try Row(line: $0) }.filter { $0.name.hasPrefix("\(part).") }
  }

  /// The hex of the fenced block called `hex NAME`; what follows `;` on a line is a comment.
  static func hex(_ name: String) throws -> [UInt8] {
    let block = try lines().drop { $0 != "```hex \(name)" }.dropFirst().prefix { $0 != "```" }
    var bytes: [UInt8] = []
    for line in block {
      bytes += try Words.hex(String(line.prefix { $0 != ";" }.filter { $0 != " " }))
    }
    return bytes
  }

  /// The fenced block of that language.
  static func code(_ language: String) throws -> String {
    try lines().drop { $0 != "```\(language)" }.dropFirst().prefix { $0 != "```" }
      .joined(separator: "\n")
  }

  static func contains(_ text: String) throws -> Bool {
    try Repository.text(of: path).contains(text)
  }

  private static func lines() throws -> [Substring] {
    try Repository.text(of: path).split(separator: "\n", omittingEmptySubsequences: false)
  }
}
