/// How one field of a message is called and typed in Swift, in the codec and in the C struct.
struct FieldShape {
  enum Form {
    case implicit, optional, repeated, packed
    case map(key: String, value: String, entry: String)
    case oneof(property: String)
  }

  let field: Field
  let form: Form
  let property: String
  /// The type of one value.
  let valueType: String
  /// The name of its `FieldKind`.
  let kind: String
  /// The property's whole type.
  let swiftType: String
  let swiftDefault: String
  /// The message would contain itself but for a box.
  let isBoxed: Bool

  init(_ field: Field, of message: MessageType, _ types: TypeTable) {
    self.field = field
    property = Names.property(field.name)
    (valueType, kind) = Self.valueTypeAndKind(field, types)
    (form, isBoxed) = Self.form(of: field, in: message, types)
    switch form {
    case .implicit:
      swiftType = valueType
      swiftDefault = Self.defaultValue(field, types)
    case .optional:
      swiftType = valueType + "?"
      swiftDefault = "nil"
    case .repeated, .packed:
      swiftType = "[\(valueType)]"
      swiftDefault = "[]"
    case .map(let key, let value, _):
      swiftType = "[\(key): \(value)]"
      swiftDefault = "[:]"
    case .oneof:
      swiftType = valueType
      swiftDefault = ""
    }
  }

  /// The kinds of a map's key and value, as in `StringField.self, Int32Field.self`.
  static func mapKinds(_ entry: MessageType, _ types: TypeTable) -> (key: String, value: String) {
    (
      valueTypeAndKind(entry.fields[0], types).kind, valueTypeAndKind(entry.fields[1], types).kind
    )
  }

  /// The map entry a field's type is, if it is one.
  static func mapEntry(_ field: Field, _ types: TypeTable) -> MessageType? {
    guard case .message(let name) = field.type, let message = types[name].message,
      message.isMapEntry
    else { return nil }
    return message
  }

  private static func form(of field: Field, in message: MessageType, _ types: TypeTable)
    -> (Form, isBoxed: Bool)
  {
    if let entry = mapEntry(field, types) {
      let key = valueTypeAndKind(entry.fields[0], types).type
      let value = valueTypeAndKind(entry.fields[1], types).type
      return (.map(key: key, value: value, entry: entry.fullName), false)
    }
    var closesCycle = false
    if case .message(let target) = field.type {
      closesCycle = types.closesCycle(from: message.fullName, to: target)
    }
    if let oneof = field.oneof {
      return (.oneof(property: Names.property(message.oneofs[oneof].name)), closesCycle)
    }
    switch field.label {
    case .implicit, .required: return (.implicit, false)
    case .optional: return (.optional, closesCycle)
    case .repeated: return (.repeated, false)
    case .packed: return (.packed, false)
    }
  }

  private static func valueTypeAndKind(_ field: Field, _ types: TypeTable)
    -> (type: String, kind: String)
  {
    switch field.type {
    case .scalar(let scalar): return (scalar.swiftType, scalar.kind)
    case .message(let name):
      let name = types[name].swiftName
      return (name, "MessageField<\(name)>")
    case .enumeration(let name):
      let name = types[name].swiftName
      return (name, "EnumField<\(name)>")
    case .group: return ("", "")
    }
  }

  private static func defaultValue(_ field: Field, _ types: TypeTable) -> String {
    switch field.type {
    case .scalar(let scalar): scalar.swiftDefault
    case .enumeration(let name): "." + Names.cases(of: types[name].enumeration!)[0]
    case .message, .group: "nil"
    }
  }
}
