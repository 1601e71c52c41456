/// Where the next page of a list goes on: behind the last row of the page before. It belongs to
/// one query, and tells when it was damaged or is another's.
package struct PageToken: Hashable, Sendable {
  package enum Fault: Error, Hashable {
    /// No token, or a damaged one.
    case invalid
    /// A token of another query.
    case ofAnotherQuery
  }

  /// What the rows are ordered by, of the last row.
  package let key: [Value]

  package enum Value: Hashable, Sendable {
    case integer(Int64)
    case bytes([UInt8])
  }

  package init(_ key: [Value]) { self.key = key }

  /// The token for callers; `query` names all that must stay the same from page to page.
  package func text(for query: String) -> String {
    var bytes = Self.fingerprint(query)
    for value in key {
      switch value {
      case .integer(let number):
        bytes.append(1)
        bytes += Self.bytes(UInt64(bitPattern: number))
      case .bytes(let value):
        bytes.append(2)
        bytes += Self.bytes(UInt64(value.count))
        bytes += value
      }
    }
    return Self.hex(bytes + Self.bytes(Self.hash(bytes)))
  }

  package init(_ text: String, for query: String) throws(Fault) {
    guard text.utf8.count <= Self.maxBytes, let all = Self.unhex(text), all.count >= 16 else {
      throw .invalid
    }
    let bytes = all.dropLast(8)
    guard all.suffix(8).elementsEqual(Self.bytes(Self.hash(bytes))) else { throw .invalid }
    guard bytes.prefix(8).elementsEqual(Self.fingerprint(query)) else { throw .ofAnotherQuery }
    var rest = bytes.dropFirst(8)
    var key: [Value] = []
    while let kind = rest.popFirst() {
      guard rest.count >= 8 else { throw .invalid }
      let number = rest.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      rest = rest.dropFirst(8)
      if kind == 1 {
        key.append(.integer(Int64(bitPattern: number)))
      } else {
        guard number <= UInt64(rest.count) else { throw .invalid }
        key.append(.bytes(Array(rest.prefix(Int(number)))))
        rest = rest.dropFirst(Int(number))
      }
    }
    self.key = key
  }

  package static let maxBytes = 4_000

  private static func fingerprint(_ query: String) -> [UInt8] { bytes(hash(query.utf8)) }

  /// FNV-1a. It finds damage and mistakes; what a caller may read does not hang on it.
  private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  private static func unhex(_ text: String) -> [UInt8]? {
    let nibbles = text.utf8.compactMap { byte -> UInt8? in
      switch byte {
      case 0x30...0x39: byte - 0x30
      case 0x61...0x66: byte - 0x61 + 10
      default: nil
      }
    }
    guard nibbles.count == text.utf8.count, nibbles.count % 2 == 0 else { return nil }
    return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
  }
}
