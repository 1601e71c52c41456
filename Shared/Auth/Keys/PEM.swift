internal import Foundation

/// Blocks of base64 between lines that say what they are (RFC 7468).
enum PEM {
  struct Block: Hashable {
    let label: String
    let bytes: [UInt8]
  }

  static func encode(_ block: Block) -> String {
    let text = Data(block.bytes).base64EncodedString(options: [
      .lineLength64Characters, .endLineWithLineFeed,
    ])
    return "-----BEGIN \(block.label)-----\n\(text)\n-----END \(block.label)-----\n"
  }

  /// Nil when a block does not end as it began or holds no base64. Text between blocks is comment.
  static func decode(_ text: String) -> [Block]? {
    var blocks: [Block] = []
    var open: (label: Substring, body: String)?
    for line in text.split(whereSeparator: \.isNewline) {
      if let label = line.firstMatch(of: #/^-----BEGIN ([A-Z0-9 ]+)-----\s*$/#)?.output.1 {
        guard open == nil else { return nil }
        open = (label, "")
      } else if let label = line.firstMatch(of: #/^-----END ([A-Z0-9 ]+)-----\s*$/#)?.output.1 {
        guard let (opened, body) = open, opened == label, let data = Data(base64Encoded: body)
        else { return nil }
        blocks.append(Block(label: String(label), bytes: Array(data)))
        open = nil
      } else {
        open?.body += line.filter { !$0.isWhitespace }
      }
    }
    return open == nil ? blocks : nil
  }
}
