/// A protobuf enum as a Swift value. It keeps numbers it has no name for.
package protocol OpenEnum: Hashable, Sendable {
  init(number: Int32)
  var number: Int32 { get }
  /// The value of a name as in the `.proto`; nil for none of them.
  init?(name: String)
  /// As in the `.proto`; nil for a number without a name.
  var name: String? { get }
  /// The JSON form is `null`: `google.protobuf.NullValue`.
  static var isJSONNull: Bool { get }
}

extension OpenEnum {
  package static var isJSONNull: Bool { false }
}

package enum EnumField<Enum: OpenEnum>: FieldKind {
  package static var wireType: WireType { .varint }
  package static var defaultValue: Enum { Enum(number: 0) }
  package static func value(_ c: Int32) -> Enum { Enum(number: c) }
  package static func write(_ value: Enum, into writer: inout MessageWriter) {
    writer.varint(UInt64(bitPattern: Int64(value.number)))
  }
  package static func isDefault(_ value: Enum) -> Bool { value.number == 0 }
  package static var acceptsJSONNull: Bool { Enum.isJSONNull }

  package static func jsonValue(_ value: Enum, _: JSONEncodingOptions) -> JSONValue {
    if Enum.isJSONNull { return .null }
    return value.name.map { .string($0) } ?? .number("\(value.number)")
  }

  package static func value(json: JSONValue, _ options: JSONDecodingOptions) throws(JSONError)
    -> Enum?
  {
    switch json {
    case .null where Enum.isJSONNull: return defaultValue
    case .string(let name):
      if let value = Enum(name: name) { return value }
      if options.ignoresUnknownFields { return nil }
      throw JSONError("no value is named \"\(name)\"")
    case .number: return Enum(number: try JSONNumber.integer(json))
    default: throw JSONError("an enum value's name is wanted, not \(json.kind)")
    }
  }
}
