package import Protobuf

/// A message around one scalar, whose JSON is that scalar's.
package protocol ScalarWrapper: Message {
  associatedtype Kind: FieldKind
  var value: Kind.Value { get set }
}

extension ScalarWrapper {
  package static var hasOwnJSONForm: Bool { true }

  package func jsonValue(_ options: JSONEncodingOptions) throws(JSONError) -> JSONValue {
    try Kind.jsonValue(value, options)
  }

  package init(jsonValue: JSONValue, _ options: JSONDecodingOptions) throws(JSONError) {
    self.init()
    if let value = try Kind.value(json: jsonValue, options) { self.value = value }
  }
}

extension GoogleProtobuf.DoubleValue: ScalarWrapper { package typealias Kind = DoubleField }
extension GoogleProtobuf.FloatValue: ScalarWrapper { package typealias Kind = FloatField }
extension GoogleProtobuf.Int64Value: ScalarWrapper { package typealias Kind = Int64Field }
extension GoogleProtobuf.UInt64Value: ScalarWrapper { package typealias Kind = UInt64Field }
extension GoogleProtobuf.Int32Value: ScalarWrapper { package typealias Kind = Int32Field }
extension GoogleProtobuf.UInt32Value: ScalarWrapper { package typealias Kind = UInt32Field }
extension GoogleProtobuf.BoolValue: ScalarWrapper { package typealias Kind = BoolField }
extension GoogleProtobuf.StringValue: ScalarWrapper { package typealias Kind = StringField }
extension GoogleProtobuf.BytesValue: ScalarWrapper { package typealias Kind = BytesField }
