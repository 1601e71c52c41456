import Protobuf

/// Parts of a second as times and durations write them: 0, 3, 6 or 9 digits.
enum Fraction {
  static let nanosecondsPerSecond: Int32 = 1_000_000_000

  /// With the point; empty for none. `nanoseconds` is not negative.
  static func text(_ nanoseconds: Int32) -> String {
    guard nanoseconds > 0 else { return "" }
    var digits = padded(Int64(nanoseconds), to: 9)
    for _ in 0..<2 where digits.hasSuffix("000") { digits.removeLast(3) }
    return "." + digits
  }

  /// Takes `.5` from the front of the text, one digit to nine; 0 where there is no point.
  static func take(from text: inout Substring) -> Int32? {
    guard text.utf8.first == UInt8(ascii: ".") else { return 0 }
    text = text.dropFirst()
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard 1...9 ~= digits.count else { return nil }
    text = text.dropFirst(digits.count)
    return Int32(digits + String(repeating: "0", count: 9 - digits.count))
  }

  static func padded(_ value: Int64, to count: Int) -> String {
    let digits = "\(value)"
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }
}
