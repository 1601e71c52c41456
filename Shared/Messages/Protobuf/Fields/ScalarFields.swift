package import CProtobuf
package import CProtobufLayout

package enum FloatField: FieldKind {
  package static var wireType: WireType { .fixed32 }
  package static var defaultValue: Float { 0 }
  package static func value(_ c: Float) -> Float { c }
  package static func write(_ value: Float, into writer: inout MessageWriter) {
    writer.fixed(value.bitPattern)
  }
  /// Minus zero is not the default.
  package static func isDefault(_ value: Float) -> Bool { value.bitPattern == 0 }
  package static func jsonValue(_ value: Float, _: JSONEncodingOptions) -> JSONValue {
    JSONNumber.floating(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError)
    -> Float?
  {
    try JSONNumber.floating(json, as: Float.self)
  }
}

package enum DoubleField: FieldKind {
  package static var wireType: WireType { .fixed64 }
  package static var defaultValue: Double { 0 }
  package static func value(_ c: Double) -> Double { c }
  package static func write(_ value: Double, into writer: inout MessageWriter) {
    writer.fixed(value.bitPattern)
  }
  /// Minus zero is not the default.
  package static func isDefault(_ value: Double) -> Bool { value.bitPattern == 0 }
  package static func jsonValue(_ value: Double, _: JSONEncodingOptions) -> JSONValue {
    JSONNumber.floating(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError)
    -> Double?
  {
    try JSONNumber.floating(json, as: Double.self)
  }
}

package enum BoolField: MapKeyKind {
  package static var wireType: WireType { .varint }
  package static var defaultValue: Bool { false }
  package static func value(_ c: protobuf_c_boolean) -> Bool { c != 0 }
  package static func write(_ value: Bool, into writer: inout MessageWriter) {
    writer.varint(value ? 1 : 0)
  }
  package static func jsonValue(_ value: Bool, _: JSONEncodingOptions) -> JSONValue {
    .bool(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError) -> Bool? {
    guard case .bool(let value) = json else {
      throw JSONError("true or false is wanted, not \(json.kind)")
    }
    return value
  }
  package static func areInOrder(_ first: Bool, _ second: Bool) -> Bool { !first && second }
  package static func jsonKey(_ value: Bool) -> String { value ? "true" : "false" }
  package static func value(jsonKey: String) throws(JSONError) -> Bool {
    guard let value = Bool(jsonKey) else { throw JSONError("the key is true or false") }
    return value
  }
}

package enum StringField: MapKeyKind {
  package static var wireType: WireType { .lengthDelimited }
  package static var defaultValue: String { "" }
  package static func value(_ c: cabildo_bytes) -> String {
    unsafe String(decoding: UnsafeBufferPointer(start: c.data, count: c.len), as: UTF8.self)
  }
  package static func write(_ value: String, into writer: inout MessageWriter) {
    let end = writer.count
    writer.write(value)
    writer.varint(UInt64(writer.count - end))
  }
  package static func isDefault(_ value: String) -> Bool { value.isEmpty }
  package static func jsonValue(_ value: String, _: JSONEncodingOptions) -> JSONValue {
    .string(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError) -> String? {
    guard case .string(let value) = json else {
      throw JSONError("a string is wanted, not \(json.kind)")
    }
    return value
  }
  package static func areInOrder(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
  }
  package static func jsonKey(_ value: String) -> String { value }
  package static func value(jsonKey: String) -> String { jsonKey }
}

package enum BytesField: FieldKind {
  package static var wireType: WireType { .lengthDelimited }
  package static var defaultValue: [UInt8] { [] }
  package static func value(_ c: cabildo_bytes) -> [UInt8] {
    unsafe [UInt8](UnsafeBufferPointer(start: c.data, count: c.len))
  }
  package static func write(_ value: [UInt8], into writer: inout MessageWriter) {
    writer.write(value)
    writer.varint(UInt64(value.count))
  }
  package static func isDefault(_ value: [UInt8]) -> Bool { value.isEmpty }
  package static func jsonValue(_ value: [UInt8], _: JSONEncodingOptions) -> JSONValue {
    .string(String(decoding: Base64.encode(value), as: UTF8.self))
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError)
    -> [UInt8]?
  {
    guard case .string(let text) = json, let value = Base64.decode(Array(text.utf8)) else {
      throw JSONError("base64 is wanted")
    }
    return value
  }
}
