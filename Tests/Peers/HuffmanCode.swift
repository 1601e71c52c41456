/// The Huffman code of RFC 7541 appendix B.
///
/// The code is canonical: the lengths alone give it, shorter codes first and, among equals, in the
/// order of the symbols.
package enum HuffmanCode {
  /// The symbol that ends a string and must never be written.
  package static let endOfString = 256

  /// Bits of each symbol's code, 0 to 255 and the end-of-string.
  private static let lengths: [Int] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
  ]

  private struct Code: Hashable {
    var bits: UInt32
    var length: Int
  }

  private static let symbols: [Code: Int] = {
    var symbols: [Code: Int] = [:]
    var next = Code(bits: 0, length: 0)
    for symbol in lengths.indices.sorted(by: { (lengths[$0], $0) < (lengths[$1], $1) }) {
      next.bits <<= lengths[symbol] - next.length
      next.length = lengths[symbol]
      symbols[next] = symbol
      next.bits += 1
    }
    return symbols
  }()

  /// Nil when the code holds the end-of-string, or its padding is not under 8 bits, all ones.
  package static func decode(_ bytes: some Sequence<UInt8>) -> [UInt8]? {
    var decoded: [UInt8] = []
    var code = Code(bits: 0, length: 0)
    for byte in bytes {
      for shift in stride(from: 7, through: 0, by: -1) {
        code.bits = code.bits << 1 | UInt32(byte >> shift & 1)
        code.length += 1
        guard let symbol = symbols[code] else { continue }
        guard symbol != endOfString else { return nil }
        decoded.append(UInt8(symbol))
        code = Code(bits: 0, length: 0)
      }
    }
    let padding = code.bits == (1 << code.length) - 1 && code.length < 8
    return padding ? decoded : nil
  }
}
