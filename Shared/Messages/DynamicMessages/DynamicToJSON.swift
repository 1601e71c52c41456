internal import Protobuf
internal import WellKnown

/// Writes a dynamic message as proto3 JSON.
struct DynamicToJSON {
  static let nullType = "google.protobuf.NullValue"

  let pool: DescriptorPool
  var options: JSONEncodingOptions

  func json(message value: DynamicValue) throws(JSONError) -> JSONValue {
    switch value {
    case .message(let message): try object(message)
    case .wellKnown(let any as GoogleProtobuf.`Any`): try json(any)
    case .wellKnown(let message): try message.jsonValue(options)
    default: .null
    }
  }

  private func object(_ message: DynamicMessage) throws(JSONError) -> JSONValue {
    var members: [JSONValue.Member] = []
    for field in message.type.fields {
      do throws(JSONError) {
        let json: JSONValue?
        if let content = message.fields[field.number] {
          json = try self.json(content, of: field)
        } else {
          json = defaultJSON(of: field)
        }
        guard let json else { continue }
        let name = options.keepsProtoNames ? field.name : field.jsonName
        members.append(JSONValue.Member(name, json))
      } catch { throw error.within(field.jsonName) }
    }
    return .object(members)
  }

  private func json(_ content: DynamicMessage.Field, of field: FieldType) throws(JSONError)
    -> JSONValue
  {
    switch content {
    case .singular(let value): return try json(value, field.kind)
    case .repeated(let values):
      var elements: [JSONValue] = []
      elements.reserveCapacity(values.count)
      for value in values {
        do throws(JSONError) {
          elements.append(try json(value, field.kind))
        } catch { throw error.within(elements.count) }
      }
      return .array(elements)
    case .map(let entry, let entries):
      var members: [JSONValue.Member] = []
      for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
        let name = key.text
        do throws(JSONError) {
          members.append(JSONValue.Member(name, try json(value, entry.value.kind)))
        } catch { throw error.within("[\"\(name)\"]") }
      }
      return .object(members)
    }
  }

  /// What a field that is not there is written as, when defaults are wanted.
  private func defaultJSON(of field: FieldType) -> JSONValue? {
    guard options.writesDefaults, !field.hasPresence else { return nil }
    if pool.mapEntry(of: field) != nil { return .object([]) }
    if field.isRepeated { return .array([]) }
    switch field.kind {
    case .scalar(let scalar): return scalar.json(scalar.defaultValue)
    case .enumeration(let name): return enumJSON(0, of: name)
    case .message, .group: return nil
    }
  }

  private func json(_ value: DynamicValue, _ kind: FieldType.Kind) throws(JSONError)
    -> JSONValue
  {
    switch kind {
    case .scalar(let scalar): return scalar.json(value)
    case .message, .group: return try json(message: value)
    case .enumeration(let name):
      guard case .signed(let number) = value else { return .null }
      return enumJSON(Int32(truncatingIfNeeded: number), of: name)
    }
  }

  private func enumJSON(_ number: Int32, of type: String) -> JSONValue {
    if type == Self.nullType { return .null }
    return pool.enumeration(type)?.name(of: number).map { .string($0) } ?? .number("\(number)")
  }

  private func json(_ any: GoogleProtobuf.`Any`) throws(JSONError) -> JSONValue {
    guard !any.typeUrl.isEmpty || !any.value.isEmpty else { return .object([]) }
    guard options.anyLevels > 0 else {
      throw JSONError("more google.protobuf.Any inside one another than allowed")
    }
    var inner = self
    inner.options.anyLevels -= 1
    let name = any.messageName
    if pool.message(name) == nil, DescriptorPool.ownForms[name] == nil { return try ours(any) }
    var decoder = DynamicDecoder(pool: pool, limits: .standard)
    let held: DynamicValue
    do throws(DecodingError) {
      held = try decoder.decode(any.value.span, as: name)
    } catch { throw JSONError("\(error)") }
    let json = try inner.json(message: held)
    let members: [JSONValue.Member]
    if DescriptorPool.ownForms[name] == nil, case .object(let fields) = json {
      members = fields
    } else {
      members = [JSONValue.Member("value", json)]
    }
    return .object([JSONValue.Member("@type", .string(any.typeUrl))] + members)
  }

  /// A type of ours that the server's files do not name can still be inside.
  private func ours(_ any: GoogleProtobuf.`Any`) throws(JSONError) -> JSONValue {
    try any.jsonValue(options)
  }
}

extension MapKey {
  /// A key is a string in JSON, whatever its type.
  fileprivate var text: String {
    switch self {
    case .signed(let number): "\(number)"
    case .unsigned(let number): "\(number)"
    case .bool(let value): "\(value)"
    case .text(let bytes): String(decoding: bytes, as: UTF8.self)
    }
  }
}
