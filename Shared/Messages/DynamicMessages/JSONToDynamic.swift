internal import Protobuf
internal import WellKnown

/// Reads proto3 JSON as a message of a type of the pool.
struct JSONToDynamic {
  let pool: DescriptorPool
  let options: JSONDecodingOptions

  /// The members of one object on their way into fields.
  private struct Members {
    private var members: [[UInt8]: JSONValue.Member] = [:]

    init(_ members: [JSONValue.Member]) {
      for member in members { self.members[Array(member.name.utf8)] = member }
    }

    /// The member of a field under either of its names.
    mutating func take(_ field: FieldType) throws(JSONError) -> JSONValue.Member? {
      let member = members.removeValue(forKey: Array(field.jsonName.utf8))
      guard field.jsonName != field.name,
        let other = members.removeValue(forKey: Array(field.name.utf8))
      else { return member }
      guard member == nil else {
        throw JSONError("given twice, as \(field.jsonName) and as \(field.name)").within(
          field.jsonName)
      }
      return other
    }

    var leastName: String? { members.values.map(\.name).min() }
  }

  func message(_ name: String, _ json: JSONValue) throws(JSONError) -> DynamicValue {
    if name == GoogleProtobuf.`Any`.messageName { return .wellKnown(try any(json)) }
    if let type = DescriptorPool.ownForms[name] {
      return .wellKnown(try type.init(jsonValue: json, options))
    }
    let type = try pool.known(name)
    guard case .object(let given) = json else {
      throw JSONError("\(name) is an object, not \(json.kind)")
    }
    var members = Members(given)
    var message = DynamicMessage(type)
    for field in type.fields {
      guard let member = try members.take(field) else { continue }
      do throws(JSONError) {
        try read(field, member.value, into: &message)
      } catch { throw error.within(member.name) }
    }
    if !options.ignoresUnknownFields, let name = members.leastName {
      throw JSONError("\(type.name) has no such field").within(name)
    }
    return .message(message)
  }

  private func read(_ field: FieldType, _ json: JSONValue, into message: inout DynamicMessage)
    throws(JSONError)
  {
    if let entry = pool.mapEntry(of: field) {
      return try readMap(field, entry, json, into: &message)
    }
    if field.isRepeated { return try readArray(field, json, into: &message) }
    if json == .null, !acceptsNull(field.kind) { return }
    guard let value = try value(field.kind, json) else { return }
    if let oneof = field.oneof, message.holds(oneof: oneof) {
      throw JSONError("another field of the same oneof is given too")
    }
    message.set(field, value)
  }

  private func readArray(_ field: FieldType, _ json: JSONValue, into message: inout DynamicMessage)
    throws(JSONError)
  {
    if json == .null { return }
    guard case .array(let elements) = json else {
      throw JSONError("a repeated field is an array, not \(json.kind)")
    }
    for (index, element) in elements.enumerated() {
      do throws(JSONError) {
        if let value = try self.element(field.kind, element) { message.append(field, value) }
      } catch { throw error.within(index) }
    }
  }

  private func readMap(
    _ field: FieldType, _ entry: MapEntryType, _ json: JSONValue,
    into message: inout DynamicMessage
  ) throws(JSONError) {
    if json == .null { return }
    guard case .object(let entries) = json else {
      throw JSONError("a map is an object, not \(json.kind)")
    }
    for member in entries {
      do throws(JSONError) {
        guard case .scalar(let scalar) = entry.key.kind,
          let key = MapKey(try scalar.value(jsonKey: member.name)),
          let value = try element(entry.value.kind, member.value)
        else { continue }
        message.insert(field, entry, key, value)
      } catch { throw error.within("[\"\(member.name)\"]") }
    }
  }

  private func element(_ kind: FieldType.Kind, _ json: JSONValue) throws(JSONError)
    -> DynamicValue?
  {
    if json == .null, !acceptsNull(kind) { throw JSONError("null is no element") }
    return try value(kind, json)
  }

  /// Nil for an enum value of an unknown name when unknown fields are ignored.
  private func value(_ kind: FieldType.Kind, _ json: JSONValue) throws(JSONError)
    -> DynamicValue?
  {
    switch kind {
    case .scalar(let scalar): return try scalar.value(json: json)
    case .message(let name): return try message(name, json)
    case .group(let name): throw JSONError("\(name) is a group, which cannot be sent from here")
    case .enumeration(let name): return try enumValue(name, json).map { .signed(Int64($0)) }
    }
  }

  private func enumValue(_ type: String, _ json: JSONValue) throws(JSONError) -> Int32? {
    switch json {
    case .null where acceptsNull(.enumeration(type)): return 0
    case .number: return try JSONNumber.integer(json)
    case .string(let name):
      guard let enumeration = pool.enumeration(type) else {
        throw JSONError("the type \"\(type)\" is not known here")
      }
      if let number = enumeration.number(of: name) { return number }
      if options.ignoresUnknownFields { return nil }
      throw JSONError("no value is named \"\(name)\"")
    default: throw JSONError("an enum value's name is wanted, not \(json.kind)")
    }
  }

  /// JSON `null` is a value of the type rather than its absence.
  private func acceptsNull(_ kind: FieldType.Kind) -> Bool {
    switch kind {
    case .enumeration(let name): name == DynamicToJSON.nullType
    case .message(let name): DescriptorPool.ownForms[name]?.acceptsJSONNull ?? false
    case .scalar, .group: false
    }
  }

  /// What an `Any` holds stands beside `@type`, or under `value` when its JSON form is its own.
  private func any(_ json: JSONValue) throws(JSONError) -> GoogleProtobuf.`Any` {
    guard case .object(var members) = json else {
      throw JSONError("google.protobuf.Any is an object")
    }
    var any = GoogleProtobuf.`Any`()
    guard !members.isEmpty else { return any }
    guard let index = members.firstIndex(where: { $0.name == "@type" }),
      case .string(let url) = members.remove(at: index).value
    else { throw JSONError("google.protobuf.Any names its type under \"@type\"") }
    any.typeUrl = url
    let name = any.messageName
    if DescriptorPool.ownForms[name] == nil {
      any.value = try encode(.object(members), as: name)
    } else {
      guard members.count == 1, members[0].name == "value" else {
        throw JSONError("\(name) in a google.protobuf.Any stands under \"value\" alone")
      }
      any.value = try encode(members[0].value, as: name)
    }
    return any
  }

  private func encode(_ json: JSONValue, as name: String) throws(JSONError) -> [UInt8] {
    // A type of ours that the server's files do not name can still be inside.
    if pool.message(name) == nil, DescriptorPool.ownForms[name] == nil,
      let type = DescriptorPool.wellKnown[name]
    {
      return try type.init(jsonValue: json, options).encoded()
    }
    var writer = MessageWriter()
    try message(name, json).encodeMessage(into: &writer)
    return writer.bytes()
  }
}
