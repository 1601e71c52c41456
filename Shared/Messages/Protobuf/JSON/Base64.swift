/// Base64 (RFC 4648): written in the standard alphabet, read in either, with or without padding:
/// `bytes` in JSON, and metadata whose name ends in `-bin`.
package enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xff, count: 256)
    for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
    values[Int(UInt8(ascii: "-"))] = 62
    values[Int(UInt8(ascii: "_"))] = 63
    return values
  }()

  package static func encode(_ bytes: some Collection<UInt8>, padded: Bool = true) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity((bytes.count + 2) / 3 * 4)
    var (bits, bitCount) = (UInt32(0), 0)
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      bitCount += 8
      while bitCount >= 6 {
        bitCount -= 6
        output.append(alphabet[Int(bits >> UInt32(bitCount)) & 63])
      }
    }
    if bitCount > 0 { output.append(alphabet[Int(bits << UInt32(6 - bitCount)) & 63]) }
    if padded {
      while output.count % 4 != 0 { output.append(UInt8(ascii: "=")) }
    }
    return output
  }

  /// Nil when the text is no base64.
  package static func decode(_ text: some BidirectionalCollection<UInt8>) -> [UInt8]? {
    var digits = text[...]
    if text.count % 4 == 0 {
      for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits = digits.dropLast() }
    }
    guard digits.count % 4 != 1 else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(digits.count * 3 / 4)
    var (bits, bitCount) = (UInt32(0), 0)
    for digit in digits {
      let value = values[Int(digit)]
      guard value != 0xff else { return nil }
      bits = bits << 6 | UInt32(value)
      bitCount += 6
      if bitCount >= 8 {
        bitCount -= 8
        output.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
      }
    }
    return output
  }
}
