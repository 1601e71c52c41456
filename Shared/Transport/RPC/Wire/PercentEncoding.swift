/// `grpc-message`: UTF-8 with everything but printable ASCII, and `%`, written as `%XX`
/// (PROTOCOL-HTTP2, "Responses").
package enum PercentEncoding {
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// At most `limit` bytes; a longer text is cut between characters and ends in `...`.
  package static func encode(_ text: String, limit: Int) -> [UInt8] {
    var output: [UInt8] = []
    var fitting = 0
    for character in text.unicodeScalars {
      for byte in UTF8.encode(character)! { append(byte, to: &output) }
      if output.count > limit { return Array(output.prefix(fitting) + ellipsis.prefix(limit)) }
      if output.count <= limit - ellipsis.count { fitting = output.count }
    }
    return output
  }

  /// Never fails: a sequence that is no escape stands for itself.
  package static func decode(_ text: some Collection<UInt8>) -> String {
    let bytes = Array(text)
    guard bytes.contains(UInt8(ascii: "%")) else { return String(decoding: bytes, as: UTF8.self) }
    var output: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2])
      {
        output.append(high << 4 | low)
        index += 3
      } else {
        output.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  private static let ellipsis = Array("...".utf8)

  private static func append(_ byte: UInt8, to output: inout [UInt8]) {
    if 0x20...0x7e ~= byte, byte != UInt8(ascii: "%") {
      output.append(byte)
    } else {
      output.append(UInt8(ascii: "%"))
      output.append(digits[Int(byte >> 4)])
      output.append(digits[Int(byte & 15)])
    }
  }

  private static func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
