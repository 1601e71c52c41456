internal import Protobuf

/// The types of values that are no message and no enum, by their numbers in descriptors.
package enum Scalar: Int, Hashable, Sendable {
  case double = 1
  case float = 2
  case int64 = 3
  case uint64 = 4
  case int32 = 5
  case fixed64 = 6
  case fixed32 = 7
  case bool = 8
  case string = 9
  case bytes = 12
  case uint32 = 13
  case sfixed32 = 15
  case sfixed64 = 16
  case sint32 = 17
  case sint64 = 18

  var wireType: WireType {
    switch self {
    case .int32, .int64, .uint32, .uint64, .sint32, .sint64, .bool: .varint
    case .fixed32, .sfixed32, .float: .fixed32
    case .fixed64, .sfixed64, .double: .fixed64
    case .string, .bytes: .lengthDelimited
    }
  }

  var defaultValue: DynamicValue {
    switch self {
    case .int32, .int64, .sint32, .sint64, .sfixed32, .sfixed64: .signed(0)
    case .uint32, .uint64, .fixed32, .fixed64: .unsigned(0)
    case .float: .float(0)
    case .double: .double(0)
    case .bool: .bool(false)
    case .string: .text("")
    case .bytes: .bytes([])
    }
  }

  private var isLong: Bool {
    switch self {
    case .int64, .uint64, .sint64, .fixed64, .sfixed64: true
    default: false
    }
  }

  // JSON.

  func value(json: JSONValue) throws(JSONError) -> DynamicValue {
    switch self {
    case .int32, .sint32, .sfixed32:
      return .signed(Int64(try JSONNumber.integer(json, as: Int32.self)))
    case .int64, .sint64, .sfixed64: return .signed(try JSONNumber.integer(json))
    case .uint32, .fixed32: return .unsigned(UInt64(try JSONNumber.integer(json, as: UInt32.self)))
    case .uint64, .fixed64: return .unsigned(try JSONNumber.integer(json))
    case .float: return .float(try JSONNumber.floating(json))
    case .double: return .double(try JSONNumber.floating(json))
    case .bool:
      guard case .bool(let value) = json else {
        throw JSONError("true or false is wanted, not \(json.kind)")
      }
      return .bool(value)
    case .string:
      guard case .string(let value) = json else {
        throw JSONError("a string is wanted, not \(json.kind)")
      }
      return .text(value)
    case .bytes:
      guard case .string(let text) = json, let value = Base64.decode(Array(text.utf8)) else {
        throw JSONError("base64 is wanted")
      }
      return .bytes(value)
    }
  }

  /// A key is a string in JSON, whatever its type.
  func value(jsonKey: String) throws(JSONError) -> DynamicValue {
    guard self == .bool else { return try value(json: .string(jsonKey)) }
    guard let value = Bool(jsonKey) else { throw JSONError("the key is true or false") }
    return .bool(value)
  }

  func json(_ value: DynamicValue) -> JSONValue {
    switch value {
    case .signed(let number): isLong ? .string("\(number)") : .number("\(number)")
    case .unsigned(let number): isLong ? .string("\(number)") : .number("\(number)")
    case .float(let number): JSONNumber.floating(number)
    case .double(let number): JSONNumber.floating(number)
    case .bool(let value): .bool(value)
    case .text(let text): .string(text)
    case .bytes(let bytes): .string(String(decoding: Base64.encode(bytes), as: UTF8.self))
    case .message, .wellKnown: .null
    }
  }

  // Bytes.

  /// Writes the value without its tag.
  func write(_ value: DynamicValue, into writer: inout MessageWriter) {
    switch value {
    case .signed(let number):
      switch self {
      case .sint32, .sint64: writer.varint(UInt64(bitPattern: number << 1 ^ number >> 63))
      case .sfixed32: writer.fixed(Int32(truncatingIfNeeded: number))
      case .sfixed64: writer.fixed(number)
      default: writer.varint(UInt64(bitPattern: number))
      }
    case .unsigned(let number):
      switch self {
      case .fixed32: writer.fixed(UInt32(truncatingIfNeeded: number))
      case .fixed64: writer.fixed(number)
      default: writer.varint(number)
      }
    case .float(let number): writer.fixed(number.bitPattern)
    case .double(let number): writer.fixed(number.bitPattern)
    case .bool(let value): writer.varint(value ? 1 : 0)
    case .text(let text): StringField.write(text, into: &writer)
    case .bytes(let bytes): BytesField.write(bytes, into: &writer)
    case .message, .wellKnown: break
    }
  }

  /// Reads the value behind a tag; nil for a string that is no UTF-8.
  func read(_ bytes: Span<UInt8>, _ reader: inout WireReader) throws(WireFault) -> DynamicValue? {
    switch wireType {
    case .varint: return value(varint: try reader.varint(bytes))
    case .fixed32: return value(fixed: try Self.fixed(4, bytes, &reader))
    case .fixed64: return value(fixed: try Self.fixed(8, bytes, &reader))
    default: break
    }
    let content = try reader.lengthDelimited(bytes)
    let part = bytes.extracting(content)
    if self == .bytes { return .bytes(unsafe part.withUnsafeBufferPointer { unsafe Array($0) }) }
    guard let text = try? UTF8Span(validating: part) else { return nil }
    return .text(String(copying: text))
  }

  private func value(varint number: UInt64) -> DynamicValue {
    switch self {
    case .int32: .signed(Int64(Int32(truncatingIfNeeded: number)))
    case .sint32:
      .signed(Int64(Self.unfold(UInt64(UInt32(truncatingIfNeeded: number)))))
    case .sint64: .signed(Self.unfold(number))
    case .uint32: .unsigned(UInt64(UInt32(truncatingIfNeeded: number)))
    case .uint64: .unsigned(number)
    case .bool: .bool(number != 0)
    default: .signed(Int64(bitPattern: number))
    }
  }

  private func value(fixed number: UInt64) -> DynamicValue {
    switch self {
    case .float: .float(Float(bitPattern: UInt32(truncatingIfNeeded: number)))
    case .double: .double(Double(bitPattern: number))
    case .sfixed32: .signed(Int64(Int32(truncatingIfNeeded: number)))
    case .sfixed64: .signed(Int64(bitPattern: number))
    default: .unsigned(number)
    }
  }

  /// Undoes the folding that makes small negative numbers short.
  private static func unfold(_ number: UInt64) -> Int64 {
    Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
  }

  private static func fixed(_ count: Int, _ bytes: Span<UInt8>, _ reader: inout WireReader)
    throws(WireFault) -> UInt64
  {
    let start = reader.position
    try reader.skip(count)
    var number: UInt64 = 0
    for index in 0..<count { number |= UInt64(bytes[start + index]) << UInt64(index * 8) }
    return number
  }
}
