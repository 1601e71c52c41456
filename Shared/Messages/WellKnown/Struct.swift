package import Protobuf

extension GoogleProtobuf.NullValue {
  package static var isJSONNull: Bool { true }
}

extension GoogleProtobuf.Struct {
  package static var hasOwnJSONForm: Bool { true }

  package func jsonValue(_ options: JSONEncodingOptions) throws(JSONError) -> JSONValue {
    var members: [JSONValue.Member] = []
    for (name, value) in fields.sorted(by: { StringField.areInOrder($0.key, $1.key) }) {
      do throws(JSONError) {
        members.append(JSONValue.Member(name, try value.jsonValue(options)))
      } catch { throw error.within(name) }
    }
    return .object(members)
  }

  package init(jsonValue: JSONValue, _ options: JSONDecodingOptions) throws(JSONError) {
    guard case .object(let members) = jsonValue else {
      throw JSONError("google.protobuf.Struct is an object")
    }
    self.init()
    for member in members {
      do throws(JSONError) {
        fields[member.name] = try GoogleProtobuf.Value(jsonValue: member.value, options)
      } catch { throw error.within(member.name) }
    }
  }
}

extension GoogleProtobuf.ListValue {
  package static var hasOwnJSONForm: Bool { true }

  package func jsonValue(_ options: JSONEncodingOptions) throws(JSONError) -> JSONValue {
    var elements: [JSONValue] = []
    for value in values {
      do throws(JSONError) {
        elements.append(try value.jsonValue(options))
      } catch { throw error.within(elements.count) }
    }
    return .array(elements)
  }

  package init(jsonValue: JSONValue, _ options: JSONDecodingOptions) throws(JSONError) {
    guard case .array(let elements) = jsonValue else {
      throw JSONError("google.protobuf.ListValue is an array")
    }
    self.init()
    for element in elements {
      do throws(JSONError) {
        values.append(try GoogleProtobuf.Value(jsonValue: element, options))
      } catch { throw error.within(values.count) }
    }
  }
}

extension GoogleProtobuf.Value {
  package static var hasOwnJSONForm: Bool { true }
  package static var acceptsJSONNull: Bool { true }

  /// A value of no kind is written as null.
  package func jsonValue(_ options: JSONEncodingOptions) throws(JSONError) -> JSONValue {
    switch kind {
    case nil, .nullValue: return .null
    case .numberValue(let number):
      guard number.isFinite else { throw JSONError("\(number) is no number in JSON") }
      return DoubleField.jsonValue(number, options)
    case .stringValue(let text): return .string(text)
    case .boolValue(let value): return .bool(value)
    case .structValue(let value): return try value.jsonValue(options)
    case .listValue(let value): return try value.jsonValue(options)
    }
  }

  package init(jsonValue: JSONValue, _ options: JSONDecodingOptions) throws(JSONError) {
    self.init()
    switch jsonValue {
    case .null: kind = .nullValue(.nullValue)
    case .bool(let value): kind = .boolValue(value)
    case .number: kind = try DoubleField.value(json: jsonValue, options).map { .numberValue($0) }
    case .string(let text): kind = .stringValue(text)
    case .array: kind = .listValue(try GoogleProtobuf.ListValue(jsonValue: jsonValue, options))
    case .object: kind = .structValue(try GoogleProtobuf.Struct(jsonValue: jsonValue, options))
    }
  }
}
