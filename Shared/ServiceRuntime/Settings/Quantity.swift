/// Sizes and times as people write them.
enum Quantity {
  private static let byteUnits = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("", 1)]
  private static let timeUnits: [(String, Duration)] = [
    ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
  ]
  /// Longer ones would be beyond what a clock can add.
  private static let maxDigits = 9

  static func bytes(_ text: String) -> Int? {
    for (unit, size) in byteUnits where text.hasSuffix(unit) {
      return digits(text.dropLast(unit.count)).map { $0 * size }
    }
    return nil
  }

  static func duration(_ text: String) -> Duration? {
    for (unit, length) in timeUnits where text.hasSuffix(unit) {
      return digits(text.dropLast(unit.count)).map { length * $0 }
    }
    return nil
  }

  static func text(bytes: Int) -> String {
    for (unit, size) in byteUnits.dropLast().reversed() where bytes > 0 && bytes % size == 0 {
      return "\(bytes / size)\(unit)"
    }
    return "\(bytes)"
  }

  static func text(_ duration: Duration) -> String {
    let milliseconds = duration / .milliseconds(1)
    for (unit, length) in timeUnits.reversed() {
      let size = length / .milliseconds(1)
      if milliseconds > 0, milliseconds.truncatingRemainder(dividingBy: size) == 0 {
        return "\(Int(milliseconds / size))\(unit)"
      }
    }
    return "\(Int(milliseconds))ms"
  }

  private static func digits(_ text: Substring) -> Int? {
    guard 1...maxDigits ~= text.utf8.count, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
      return nil
    }
    return Int(text)
  }
}
