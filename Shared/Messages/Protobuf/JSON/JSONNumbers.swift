/// Numbers as proto3 JSON writes and accepts them.
package enum JSONNumber {
  /// A 64-bit number is a string, so that a reader with doubles loses nothing.
  package static func integer<Number: FixedWidthInteger>(_ value: Number) -> JSONValue {
    Number.bitWidth > 32 ? .string("\(value)") : .number("\(value)")
  }

  package static func floating<Number: BinaryFloatingPoint & LosslessStringConvertible>(
    _ value: Number
  )
    -> JSONValue
  {
    if value.isNaN { return .string("NaN") }
    if value.isInfinite { return .string(value < 0 ? "-Infinity" : "Infinity") }
    return .number(value.description)
  }

  /// A number or the text of one; `1.0` and `1e3` are integers too.
  package static func integer<Number: FixedWidthInteger>(
    _ json: JSONValue, as _: Number.Type = Number.self
  )
    throws(JSONError) -> Number
  {
    let text: String
    switch json {
    case .number(let number), .string(let number): text = number
    default: throw JSONError("a number is wanted, not \(json.kind)")
    }
    if let value = plainInteger(text, as: Number.self) { return value }
    guard isNumber(text) else { throw JSONError("\"\(text)\" is no number") }
    guard let value = scaledInteger(text, as: Number.self) else {
      throw JSONError("\(text) is no \(Number.self)")
    }
    return value
  }

  package static func floating<Number: BinaryFloatingPoint & LosslessStringConvertible>(
    _ json: JSONValue, as _: Number.Type = Number.self
  ) throws(JSONError) -> Number {
    let text: String
    switch json {
    case .string("NaN"): return .nan
    case .string("Infinity"): return .infinity
    case .string("-Infinity"): return -.infinity
    case .number(let number), .string(let number): text = number
    default: throw JSONError("a number is wanted, not \(json.kind)")
    }
    guard isNumber(text), let value = Number(text) else {
      throw JSONError("\"\(text)\" is no number")
    }
    guard value.isFinite else { throw JSONError("\(text) is out of range for \(Number.self)") }
    return value
  }

  private static func plainInteger<Number: FixedWidthInteger>(_ text: String, as _: Number.Type)
    -> Number?
  {
    guard let first = text.utf8.first, first != UInt8(ascii: "+") else { return nil }
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
    if digits.first == UInt8(ascii: "0"), digits.count > 1 { return nil }
    return Number(text)
  }

  /// The text is a JSON number as a whole.
  private static func isNumber(_ text: String) -> Bool {
    guard let first = text.utf8.first,
      first == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    else { return false }
    var parser = JSONParser(.standard)
    return (try? parser.parse(Array(text.utf8).span)) != nil
  }

  /// The value of a JSON number with a fraction or an exponent, if it is whole and fits.
  private static func scaledInteger<Number: FixedWidthInteger>(_ text: String, as _: Number.Type)
    -> Number?
  {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    let mantissa = parts[0].split(separator: ".")
    let fraction = mantissa.count > 1 ? mantissa[1] : ""
    var digits = Substring(mantissa[0] + fraction)
    guard digits.contains(where: { $0 != "-" && $0 != "0" }) else { return 0 }
    guard let written = parts.count > 1 ? Int(parts[1]) : 0 else { return nil }
    let zeros = digits.reversed().prefix { $0 == "0" }.count
    digits.removeLast(zeros)
    let (exponent, overflows) = written.subtractingReportingOverflow(fraction.count - zeros)
    guard !overflows, 0...20 ~= exponent else { return nil }
    return Number(String(digits) + String(repeating: "0", count: exponent))
  }
}
