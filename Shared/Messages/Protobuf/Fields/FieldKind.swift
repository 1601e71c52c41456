/// One of protobuf's field types: its Swift value, and how that is on the wire, in the C struct
/// and in JSON. Generated code names the kinds; their methods do the work for every field.
package protocol FieldKind {
  associatedtype Value: Hashable & Sendable
  /// The member of the C struct, or the element of its array.
  associatedtype CValue

  static var wireType: WireType { get }
  static var defaultValue: Value { get }
  static func value(_ c: CValue) -> Value
  /// Writes the value without its tag.
  static func write(_ value: Value, into writer: inout MessageWriter)
  /// A field without presence is left out at its default.
  static func isDefault(_ value: Value) -> Bool

  static func jsonValue(_ value: Value, _ options: JSONEncodingOptions) throws(JSONError)
    -> JSONValue
  /// Nil for an enum value of an unknown name when unknown fields are ignored.
  static func value(json: JSONValue, _ options: JSONDecodingOptions) throws(JSONError) -> Value?
  /// JSON `null` is a value, not the field's absence.
  static var acceptsJSONNull: Bool { get }
}

extension FieldKind {
  package static var acceptsJSONNull: Bool { false }
  package static func isDefault(_ value: Value) -> Bool { value == defaultValue }
}

/// A kind that a map can have for its keys.
package protocol MapKeyKind: FieldKind {
  /// The order in which maps are written: numbers by value, strings by their bytes.
  static func areInOrder(_ first: Value, _ second: Value) -> Bool
  /// A key is a string in JSON, whatever its type.
  static func jsonKey(_ value: Value) -> String
  static func value(jsonKey: String) throws(JSONError) -> Value
}

extension MapKeyKind where Value: Comparable {
  package static func areInOrder(_ first: Value, _ second: Value) -> Bool { first < second }
}
