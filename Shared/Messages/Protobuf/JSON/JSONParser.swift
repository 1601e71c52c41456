/// Reads one JSON text, strictly (RFC 8259) and within `JSONLimits`.
package struct JSONParser {
  private let limits: JSONLimits
  private var position = 0
  private var elements = 0

  package init(_ limits: JSONLimits) {
    self.limits = limits
  }

  /// Takes the whole text; a name given twice in one object is refused.
  package mutating func parse(_ text: Span<UInt8>) throws(JSONError) -> JSONValue {
    guard text.count <= limits.bytes else { throw overLimit("bytes", limits.bytes) }
    guard (try? UTF8Span(validating: text)) != nil else { throw JSONError("invalid UTF-8") }
    let value = try value(text, levels: limits.depth)
    skipSpace(text)
    guard position == text.count else { throw unexpected(text) }
    return value
  }

  private mutating func value(_ text: Span<UInt8>, levels: Int) throws(JSONError) -> JSONValue {
    elements += 1
    guard elements <= limits.elements else { throw overLimit("values", limits.elements) }
    skipSpace(text)
    switch peek(text) {
    case UInt8(ascii: "{"): return try object(text, levels: levels)
    case UInt8(ascii: "["): return try array(text, levels: levels)
    case UInt8(ascii: "\""): return .string(try string(text))
    case UInt8(ascii: "t"): return try word("true", .bool(true), text)
    case UInt8(ascii: "f"): return try word("false", .bool(false), text)
    case UInt8(ascii: "n"): return try word("null", .null, text)
    default: return .number(try number(text))
    }
  }

  private mutating func object(_ text: Span<UInt8>, levels: Int) throws(JSONError) -> JSONValue {
    guard levels > 0 else { throw overLimit("levels of nesting", limits.depth) }
    position += 1
    var members: [JSONValue.Member] = []
    var names: Set<[UInt8]> = []
    skipSpace(text)
    if take(UInt8(ascii: "}"), text) { return .object([]) }
    repeat {
      skipSpace(text)
      let name = try string(text)
      guard names.insert(Array(name.utf8)).inserted else {
        throw JSONError("\"\(name)\" is given twice").within(name)
      }
      skipSpace(text)
      guard take(UInt8(ascii: ":"), text) else { throw unexpected(text) }
      members.append(JSONValue.Member(name, try value(text, levels: levels - 1)))
      skipSpace(text)
    } while take(UInt8(ascii: ","), text)
    guard take(UInt8(ascii: "}"), text) else { throw unexpected(text) }
    return .object(members)
  }

  private mutating func array(_ text: Span<UInt8>, levels: Int) throws(JSONError) -> JSONValue {
    guard levels > 0 else { throw overLimit("levels of nesting", limits.depth) }
    position += 1
    var values: [JSONValue] = []
    skipSpace(text)
    if take(UInt8(ascii: "]"), text) { return .array([]) }
    repeat {
      values.append(try value(text, levels: levels - 1))
      skipSpace(text)
    } while take(UInt8(ascii: ","), text)
    guard take(UInt8(ascii: "]"), text) else { throw unexpected(text) }
    return .array(values)
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue, _ text: Span<UInt8>)
    throws(JSONError) -> JSONValue
  {
    for byte in word.description.utf8 {
      guard take(byte, text) else { throw unexpected(text) }
    }
    return value
  }

  private mutating func number(_ text: Span<UInt8>) throws(JSONError) -> String {
    let start = position
    _ = take(UInt8(ascii: "-"), text)
    if !take(UInt8(ascii: "0"), text) { try digits(text) }
    if take(UInt8(ascii: "."), text) { try digits(text) }
    if take(UInt8(ascii: "e"), text) || take(UInt8(ascii: "E"), text) {
      if !take(UInt8(ascii: "+"), text) { _ = take(UInt8(ascii: "-"), text) }
      try digits(text)
    }
    return self.text(text, start..<position)
  }

  private mutating func digits(_ text: Span<UInt8>) throws(JSONError) {
    let start = position
    while let byte = peek(text), isDigit(byte) { position += 1 }
    guard position > start else { throw unexpected(text) }
  }

  private mutating func string(_ text: Span<UInt8>) throws(JSONError) -> String {
    guard take(UInt8(ascii: "\""), text) else { throw unexpected(text) }
    let start = position
    while let byte = peek(text), byte >= 0x20, byte != UInt8(ascii: "\\") {
      position += 1
      if byte == UInt8(ascii: "\"") { return self.text(text, start..<(position - 1)) }
    }
    var bytes = Array(self.text(text, start..<position).utf8)
    while let byte = peek(text), byte >= 0x20 {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(text, into: &bytes)
      default: bytes.append(byte)
      }
    }
    throw unexpected(text)
  }

  private mutating func escape(_ text: Span<UInt8>, into bytes: inout [UInt8]) throws(JSONError) {
    guard let byte = peek(text) else { throw unexpected(text) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0c)
    case UInt8(ascii: "n"): bytes.append(0x0a)
    case UInt8(ascii: "r"): bytes.append(0x0d)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"): bytes += Array(String(try escapedScalar(text)).utf8)
    default:
      position -= 1
      throw unexpected(text)
    }
  }

  /// What stands behind `\u`: four hex digits, or two halves of a pair; half a pair is refused.
  private mutating func escapedScalar(_ text: Span<UInt8>) throws(JSONError) -> Unicode.Scalar {
    let first = try hexDigits(text)
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xdc00, take(UInt8(ascii: "\\"), text), take(UInt8(ascii: "u"), text) else {
      throw JSONError("half a surrogate pair at byte \(position)")
    }
    let second = try hexDigits(text)
    guard 0xdc00..<0xe000 ~= second,
      let scalar = Unicode.Scalar(0x1_0000 + (first - 0xd800) << 10 + (second - 0xdc00))
    else { throw JSONError("half a surrogate pair at byte \(position)") }
    return scalar
  }

  private mutating func hexDigits(_ text: Span<UInt8>) throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(text), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected(text)
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private func peek(_ text: Span<UInt8>) -> UInt8? {
    position < text.count ? text[position] : nil
  }

  private mutating func take(_ byte: UInt8, _ text: Span<UInt8>) -> Bool {
    guard peek(text) == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace(_ text: Span<UInt8>) {
    while let byte = peek(text), byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      position += 1
    }
  }

  private func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  private func text(_ text: Span<UInt8>, _ range: Range<Int>) -> String {
    unsafe text.extracting(range).withUnsafeBufferPointer {
      unsafe String(decoding: $0, as: UTF8.self)
    }
  }

  private func unexpected(_ text: Span<UInt8>) -> JSONError {
    guard position < text.count else { return JSONError("the JSON ends too early") }
    return JSONError("not JSON at byte \(position)")
  }

  private func overLimit(_ name: String, _ allowed: Int) -> JSONError {
    JSONError("more than \(allowed) \(name)")
  }
}
