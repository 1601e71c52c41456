/// A value of a log line.
package enum LogValue: Sendable, Hashable {
  case text(String)
  case integer(Int)
  case real(Double)
  case flag(Bool)
  case list([LogValue])
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
  package init(stringLiteral text: String) { self = .text(text) }
  package init(integerLiteral number: Int) { self = .integer(number) }
  package init(floatLiteral number: Double) { self = .real(number) }
  package init(booleanLiteral isOn: Bool) { self = .flag(isOn) }
  package init(arrayLiteral values: LogValue...) { self = .list(values) }
}

/// One JSON object on one line, in the order in which its fields are added.
package struct JSONLine: Sendable {
  private var bytes: [UInt8] = [UInt8(ascii: "{")]

  package init() { bytes.reserveCapacity(256) }

  package mutating func add(_ key: String, _ value: LogValue) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    append(quoted: key)
    bytes.append(UInt8(ascii: ":"))
    append(value)
  }

  /// The line, its end included.
  package consuming func finished() -> [UInt8] {
    bytes.append(UInt8(ascii: "}"))
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  private mutating func append(_ value: LogValue) {
    switch value {
    case .text(let text): append(quoted: text)
    case .integer(let number): bytes += "\(number)".utf8
    // JSON has no word for what is not a number.
    case .real(let number): bytes += number.isFinite ? "\(number)".utf8 : "null".utf8
    case .flag(let isOn): bytes += isOn ? "true".utf8 : "false".utf8
    case .list(let values):
      bytes.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(value)
      }
      bytes.append(UInt8(ascii: "]"))
    }
  }

  private mutating func append(quoted text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case 0..<0x20, 0x7f:
        bytes += "\\u00".utf8
        bytes += [Self.hex[Int(byte >> 4)], Self.hex[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static let hex = Array("0123456789abcdef".utf8)
}
