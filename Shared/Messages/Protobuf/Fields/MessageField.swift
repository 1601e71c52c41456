import CProtobuf
package import CProtobufLayout

package enum MessageField<M: Message>: FieldKind {
  package static var wireType: WireType { .lengthDelimited }
  package static var defaultValue: M { M() }

  package static func value(_ c: cabildo_message) -> M { optional(c) ?? M() }

  package static func optional(_ c: cabildo_message) -> M? {
    guard let message = unsafe c.message else { return nil }
    return unsafe M(ParsedMessage(message))
  }

  package static func write(_ value: M, into writer: inout MessageWriter) {
    let end = writer.count
    value.encode(into: &writer)
    writer.varint(UInt64(writer.count - end))
  }

  package static var acceptsJSONNull: Bool { M.acceptsJSONNull }

  package static func jsonValue(_ value: M, _ options: JSONEncodingOptions) throws(JSONError)
    -> JSONValue
  {
    try value.jsonValue(options)
  }

  package static func value(json: JSONValue, _ options: JSONDecodingOptions) throws(JSONError)
    -> M?
  {
    try M(jsonValue: json, options)
  }
}

/// Where a message holds one of its own type, directly or through others.
package indirect enum Indirect<Value: Hashable & Sendable>: Hashable, Sendable {
  case value(Value)

  package init(_ value: Value) { self = .value(value) }

  package var value: Value {
    switch self {
    case .value(let value): value
    }
  }
}
