/// A value in the JSON of a token.
package enum Claim: Hashable {
  case text(String)
  case integer(Int64)
  case list([Claim])
  case object([String: Claim])
  case other
}

/// Reads the JSON of a token, which comes from strangers: what others read leniently (a name given
/// twice, text that is no UTF-8, more behind the end) is refused, because two readers that take it
/// differently are how tokens are forged.
package struct ClaimParser {
  package struct Fault: Error {}

  private var rest: ArraySlice<UInt8>
  private static let maxDepth = 8
  private static let spaces: [UInt8] = [0x20, 0x09, 0x0a, 0x0d]

  package static func object(_ bytes: [UInt8]) throws(Fault) -> [String: Claim] {
    var parser = ClaimParser(rest: bytes[...])
    guard case .object(let members) = try parser.value(depth: 0) else { throw Fault() }
    parser.skipSpace()
    guard parser.rest.isEmpty else { throw Fault() }
    return members
  }

  private mutating func value(depth: Int) throws(Fault) -> Claim {
    guard depth < Self.maxDepth else { throw Fault() }
    skipSpace()
    switch rest.first {
    case UInt8(ascii: "{"): return .object(try members(depth: depth))
    case UInt8(ascii: "["): return .list(try elements(depth: depth))
    case UInt8(ascii: "\""): return .text(try string())
    case let byte? where byte == UInt8(ascii: "-") || 0x30...0x39 ~= byte: return try number()
    default:
      for word in ["true", "false", "null"] where rest.starts(with: word.utf8) {
        rest = rest.dropFirst(word.utf8.count)
        return .other
      }
      throw Fault()
    }
  }

  private mutating func members(depth: Int) throws(Fault) -> [String: Claim] {
    var members: [String: Claim] = [:]
    rest = rest.dropFirst()
    if take("}") { return members }
    repeat {
      skipSpace()
      let name = try string()
      guard take(":") else { throw Fault() }
      guard members.updateValue(try value(depth: depth + 1), forKey: name) == nil else {
        throw Fault()
      }
    } while take(",")
    guard take("}") else { throw Fault() }
    return members
  }

  private mutating func elements(depth: Int) throws(Fault) -> [Claim] {
    var elements: [Claim] = []
    rest = rest.dropFirst()
    if take("]") { return elements }
    repeat { elements.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw Fault() }
    return elements
  }

  private mutating func number() throws(Fault) -> Claim {
    let text = rest.prefix { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
        UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
        true
      default: false
      }
    }
    rest = rest.dropFirst(text.count)
    let digits = String(decoding: text, as: UTF8.self)
    // A time is a whole number of seconds; other numbers mean nothing here.
    guard let number = Int64(digits) else {
      guard Double(digits) != nil else { throw Fault() }
      return .other
    }
    guard "\(number)" == digits else { throw Fault() }
    return .integer(number)
  }

  private mutating func string() throws(Fault) -> String {
    guard rest.popFirst() == UInt8(ascii: "\"") else { throw Fault() }
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Fault() }
        return text
      case UInt8(ascii: "\\"): bytes += try escape()
      case 0..<0x20: throw Fault()
      default: bytes.append(byte)
      }
    }
    throw Fault()
  }

  private mutating func escape() throws(Fault) -> [UInt8] {
    switch rest.popFirst() {
    case UInt8(ascii: "\""): return [0x22]
    case UInt8(ascii: "\\"): return [0x5c]
    case UInt8(ascii: "/"): return [0x2f]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      var units = [try codeUnit()]
      if UTF16.isLeadSurrogate(units[0]), rest.starts(with: "\\u".utf8) {
        rest = rest.dropFirst(2)
        units.append(try codeUnit())
      }
      guard let text = String(validating: units, as: UTF16.self) else { throw Fault() }
      return Array(text.utf8)
    default: throw Fault()
    }
  }

  private mutating func codeUnit() throws(Fault) -> UInt16 {
    let digits = rest.prefix(4)
    guard digits.count == 4, digits.allSatisfy({ $0 != UInt8(ascii: "+") }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw Fault() }
    rest = rest.dropFirst(4)
    return unit
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func skipSpace() { rest = rest.drop { Self.spaces.contains($0) } }
}
