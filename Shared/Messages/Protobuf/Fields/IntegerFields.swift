// The numeric kinds: each names its Swift type, its encoding and its JSON form once.

package enum Int32Field: MapKeyKind {
  package static var wireType: WireType { .varint }
  package static var defaultValue: Int32 { 0 }
  package static func value(_ c: Int32) -> Int32 { c }
  package static func write(_ value: Int32, into writer: inout MessageWriter) {
    writer.varint(UInt64(bitPattern: Int64(value)))
  }
  package static func jsonValue(_ value: Int32, _: JSONEncodingOptions) -> JSONValue {
    JSONNumber.integer(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError)
    -> Int32?
  {
    try JSONNumber.integer(json, as: Int32.self)
  }
  package static func jsonKey(_ value: Int32) -> String { "\(value)" }
  package static func value(jsonKey: String) throws(JSONError) -> Int32 {
    try JSONNumber.integer(.string(jsonKey))
  }
}

package enum Int64Field: MapKeyKind {
  package static var wireType: WireType { .varint }
  package static var defaultValue: Int64 { 0 }
  package static func value(_ c: Int64) -> Int64 { c }
  package static func write(_ value: Int64, into writer: inout MessageWriter) {
    writer.varint(UInt64(bitPattern: value))
  }
  package static func jsonValue(_ value: Int64, _: JSONEncodingOptions) -> JSONValue {
    JSONNumber.integer(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError)
    -> Int64?
  {
    try JSONNumber.integer(json, as: Int64.self)
  }
  package static func jsonKey(_ value: Int64) -> String { "\(value)" }
  package static func value(jsonKey: String) throws(JSONError) -> Int64 {
    try JSONNumber.integer(.string(jsonKey))
  }
}

package enum UInt32Field: MapKeyKind {
  package static var wireType: WireType { .varint }
  package static var defaultValue: UInt32 { 0 }
  package static func value(_ c: UInt32) -> UInt32 { c }
  package static func write(_ value: UInt32, into writer: inout MessageWriter) {
    writer.varint(UInt64(value))
  }
  package static func jsonValue(_ value: UInt32, _: JSONEncodingOptions) -> JSONValue {
    JSONNumber.integer(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError)
    -> UInt32?
  {
    try JSONNumber.integer(json, as: UInt32.self)
  }
  package static func jsonKey(_ value: UInt32) -> String { "\(value)" }
  package static func value(jsonKey: String) throws(JSONError) -> UInt32 {
    try JSONNumber.integer(.string(jsonKey))
  }
}

package enum UInt64Field: MapKeyKind {
  package static var wireType: WireType { .varint }
  package static var defaultValue: UInt64 { 0 }
  package static func value(_ c: UInt64) -> UInt64 { c }
  package static func write(_ value: UInt64, into writer: inout MessageWriter) {
    writer.varint(value)
  }
  package static func jsonValue(_ value: UInt64, _: JSONEncodingOptions) -> JSONValue {
    JSONNumber.integer(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError)
    -> UInt64?
  {
    try JSONNumber.integer(json, as: UInt64.self)
  }
  package static func jsonKey(_ value: UInt64) -> String { "\(value)" }
  package static func value(jsonKey: String) throws(JSONError) -> UInt64 {
    try JSONNumber.integer(.string(jsonKey))
  }
}

package enum SInt32Field: MapKeyKind {
  package static var wireType: WireType { .varint }
  package static var defaultValue: Int32 { 0 }
  package static func value(_ c: Int32) -> Int32 { c }
  package static func write(_ value: Int32, into writer: inout MessageWriter) {
    writer.varint(UInt64(UInt32(bitPattern: value << 1 ^ value >> 31)))
  }
  package static func jsonValue(_ value: Int32, _: JSONEncodingOptions) -> JSONValue {
    JSONNumber.integer(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError)
    -> Int32?
  {
    try JSONNumber.integer(json, as: Int32.self)
  }
  package static func jsonKey(_ value: Int32) -> String { "\(value)" }
  package static func value(jsonKey: String) throws(JSONError) -> Int32 {
    try JSONNumber.integer(.string(jsonKey))
  }
}

package enum SInt64Field: MapKeyKind {
  package static var wireType: WireType { .varint }
  package static var defaultValue: Int64 { 0 }
  package static func value(_ c: Int64) -> Int64 { c }
  package static func write(_ value: Int64, into writer: inout MessageWriter) {
    writer.varint(UInt64(bitPattern: value << 1 ^ value >> 63))
  }
  package static func jsonValue(_ value: Int64, _: JSONEncodingOptions) -> JSONValue {
    JSONNumber.integer(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError)
    -> Int64?
  {
    try JSONNumber.integer(json, as: Int64.self)
  }
  package static func jsonKey(_ value: Int64) -> String { "\(value)" }
  package static func value(jsonKey: String) throws(JSONError) -> Int64 {
    try JSONNumber.integer(.string(jsonKey))
  }
}

package enum Fixed32Field: MapKeyKind {
  package static var wireType: WireType { .fixed32 }
  package static var defaultValue: UInt32 { 0 }
  package static func value(_ c: UInt32) -> UInt32 { c }
  package static func write(_ value: UInt32, into writer: inout MessageWriter) {
    writer.fixed(value)
  }
  package static func jsonValue(_ value: UInt32, _: JSONEncodingOptions) -> JSONValue {
    JSONNumber.integer(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError)
    -> UInt32?
  {
    try JSONNumber.integer(json, as: UInt32.self)
  }
  package static func jsonKey(_ value: UInt32) -> String { "\(value)" }
  package static func value(jsonKey: String) throws(JSONError) -> UInt32 {
    try JSONNumber.integer(.string(jsonKey))
  }
}

package enum Fixed64Field: MapKeyKind {
  package static var wireType: WireType { .fixed64 }
  package static var defaultValue: UInt64 { 0 }
  package static func value(_ c: UInt64) -> UInt64 { c }
  package static func write(_ value: UInt64, into writer: inout MessageWriter) {
    writer.fixed(value)
  }
  package static func jsonValue(_ value: UInt64, _: JSONEncodingOptions) -> JSONValue {
    JSONNumber.integer(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError)
    -> UInt64?
  {
    try JSONNumber.integer(json, as: UInt64.self)
  }
  package static func jsonKey(_ value: UInt64) -> String { "\(value)" }
  package static func value(jsonKey: String) throws(JSONError) -> UInt64 {
    try JSONNumber.integer(.string(jsonKey))
  }
}

package enum SFixed32Field: MapKeyKind {
  package static var wireType: WireType { .fixed32 }
  package static var defaultValue: Int32 { 0 }
  package static func value(_ c: Int32) -> Int32 { c }
  package static func write(_ value: Int32, into writer: inout MessageWriter) {
    writer.fixed(value)
  }
  package static func jsonValue(_ value: Int32, _: JSONEncodingOptions) -> JSONValue {
    JSONNumber.integer(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError)
    -> Int32?
  {
    try JSONNumber.integer(json, as: Int32.self)
  }
  package static func jsonKey(_ value: Int32) -> String { "\(value)" }
  package static func value(jsonKey: String) throws(JSONError) -> Int32 {
    try JSONNumber.integer(.string(jsonKey))
  }
}

package enum SFixed64Field: MapKeyKind {
  package static var wireType: WireType { .fixed64 }
  package static var defaultValue: Int64 { 0 }
  package static func value(_ c: Int64) -> Int64 { c }
  package static func write(_ value: Int64, into writer: inout MessageWriter) {
    writer.fixed(value)
  }
  package static func jsonValue(_ value: Int64, _: JSONEncodingOptions) -> JSONValue {
    JSONNumber.integer(value)
  }
  package static func value(json: JSONValue, _: JSONDecodingOptions) throws(JSONError)
    -> Int64?
  {
    try JSONNumber.integer(json, as: Int64.self)
  }
  package static func jsonKey(_ value: Int64) -> String { "\(value)" }
  package static func value(jsonKey: String) throws(JSONError) -> Int64 {
    try JSONNumber.integer(.string(jsonKey))
  }
}
