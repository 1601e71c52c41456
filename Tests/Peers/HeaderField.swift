/// One header field, as bytes: it may hold what no header field may.
package struct HeaderField: Hashable, Sendable, CustomStringConvertible {
  package var name: [UInt8]
  package var value: [UInt8]

  package init(name: [UInt8], value: [UInt8]) {
    self.name = name
    self.value = value
  }

  package init(_ name: String, _ value: String) {
    self.init(name: Array(name.utf8), value: Array(value.utf8))
  }

  package var nameText: String { String(decoding: name, as: UTF8.self) }
  package var valueText: String { String(decoding: value, as: UTF8.self) }
  package var description: String { "\(nameText): \(valueText)" }

  /// HPACK's plainest form (RFC 7541 6.2.2): a literal, its name new, not indexed, no Huffman code.
  package var literal: [UInt8] {
    [0] + Self.string(name) + Self.string(value)
  }

  private static func string(_ bytes: [UInt8]) -> [UInt8] {
    integer(bytes.count, prefix: 7) + bytes
  }

  /// An integer with an N-bit prefix (RFC 7541 5.1), the other bits of the first byte zero.
  package static func integer(_ value: Int, prefix: Int) -> [UInt8] {
    let limit = 1 << prefix - 1
    guard value >= limit else { return [UInt8(value)] }
    var bytes = [UInt8(limit)]
    var rest = value - limit
    while rest >= 128 {
      bytes.append(UInt8(rest % 128 + 128))
      rest /= 128
    }
    return bytes + [UInt8(rest)]
  }
}

extension [HeaderField] {
  /// The value of the first field of that name.
  package subscript(name: String) -> String? {
    first { $0.nameText == name }?.valueText
  }

  package var headerBlock: [UInt8] { flatMap(\.literal) }
}
