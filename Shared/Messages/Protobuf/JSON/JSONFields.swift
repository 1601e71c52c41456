/// The members of a JSON object on their way into a message's fields.
package struct JSONFields {
  private let message: String
  private let options: JSONDecodingOptions
  private var members: [[UInt8]: JSONValue.Member] = [:]

  package init<M: Message>(_ value: JSONValue, of _: M.Type, _ options: JSONDecodingOptions)
    throws(JSONError)
  {
    guard case .object(let members) = value else {
      throw JSONError("\(M.messageName) is an object, not \(value.kind)")
    }
    message = M.messageName
    self.options = options
    for member in members { self.members[Array(member.name.utf8)] = member }
  }

  /// The member of a field under either of its names.
  private mutating func take(_ name: String, _ protoName: String) throws(JSONError)
    -> JSONValue.Member?
  {
    let member = members.removeValue(forKey: Array(name.utf8))
    guard name != protoName, let other = members.removeValue(forKey: Array(protoName.utf8)) else {
      return member
    }
    guard member == nil else {
      throw JSONError("given twice, as \(name) and as \(protoName)").within(name)
    }
    return other
  }

  private mutating func read<Kind: FieldKind>(
    _: Kind.Type, _ name: String, _ protoName: String
  ) throws(JSONError) -> Kind.Value? {
    guard let member = try take(name, protoName) else { return nil }
    if member.value == .null, !Kind.acceptsJSONNull { return nil }
    do throws(JSONError) {
      return try Kind.value(json: member.value, options)
    } catch { throw error.within(member.name) }
  }

  package mutating func implicit<Kind: FieldKind>(
    _: Kind.Type, _ name: String, _ protoName: String, _ field: inout Kind.Value
  ) throws(JSONError) {
    if let value = try read(Kind.self, name, protoName) { field = value }
  }

  package mutating func optional<Kind: FieldKind>(
    _: Kind.Type, _ name: String, _ protoName: String, _ field: inout Kind.Value?
  ) throws(JSONError) {
    if let value = try read(Kind.self, name, protoName) { field = value }
  }

  /// A member of a oneof, of which JSON may give one.
  package mutating func oneof<Kind: FieldKind, Choice>(
    _: Kind.Type, _ name: String, _ protoName: String, _ choice: inout Choice?,
    _ wrap: (Kind.Value) -> Choice
  ) throws(JSONError) {
    guard let value = try read(Kind.self, name, protoName) else { return }
    guard choice == nil else {
      throw JSONError("another field of the same oneof is given too").within(name)
    }
    choice = wrap(value)
  }

  package mutating func repeated<Kind: FieldKind>(
    _: Kind.Type, _ name: String, _ protoName: String, _ field: inout [Kind.Value]
  ) throws(JSONError) {
    guard let member = try take(name, protoName), member.value != .null else { return }
    guard case .array(let elements) = member.value else {
      throw JSONError("a repeated field is an array, not \(member.value.kind)").within(member.name)
    }
    field.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      do throws(JSONError) {
        if let value = try self.element(Kind.self, element) { field.append(value) }
      } catch { throw error.within(index).within(member.name) }
    }
  }

  package mutating func map<Key: MapKeyKind, Element: FieldKind>(
    _: Key.Type, _: Element.Type, _ name: String, _ protoName: String,
    _ field: inout [Key.Value: Element.Value]
  ) throws(JSONError) {
    guard let member = try take(name, protoName), member.value != .null else { return }
    guard case .object(let entries) = member.value else {
      throw JSONError("a map is an object, not \(member.value.kind)").within(member.name)
    }
    for entry in entries {
      do throws(JSONError) {
        let key = try Key.value(jsonKey: entry.name)
        if let value = try element(Element.self, entry.value) { field[key] = value }
      } catch { throw error.within("[\"\(entry.name)\"]").within(member.name) }
    }
  }

  private func element<Kind: FieldKind>(_: Kind.Type, _ json: JSONValue) throws(JSONError)
    -> Kind.Value?
  {
    if json == .null, !Kind.acceptsJSONNull { throw JSONError("null is no element") }
    return try Kind.value(json: json, options)
  }

  /// Refuses what no field took, unless unknown fields are ignored.
  package func finish() throws(JSONError) {
    guard !options.ignoresUnknownFields else { return }
    if let name = members.values.map(\.name).min() {
      throw JSONError("\(message) has no such field").within(name)
    }
  }
}

/// A message's fields on their way into a JSON object.
package struct JSONObjectWriter {
  private let options: JSONEncodingOptions
  private var members: [JSONValue.Member] = []

  package init(_ options: JSONEncodingOptions) {
    self.options = options
  }

  package consuming func value() -> JSONValue { .object(members) }

  private mutating func append(_ name: String, _ protoName: String, _ value: JSONValue) {
    members.append(JSONValue.Member(options.keepsProtoNames ? protoName : name, value))
  }

  /// A field that is there.
  package mutating func field<Kind: FieldKind>(
    _: Kind.Type, _ name: String, _ protoName: String, _ value: Kind.Value
  ) throws(JSONError) {
    do throws(JSONError) {
      append(name, protoName, try Kind.jsonValue(value, options))
    } catch { throw error.within(name) }
  }

  package mutating func implicit<Kind: FieldKind>(
    _: Kind.Type, _ name: String, _ protoName: String, _ value: Kind.Value
  ) throws(JSONError) {
    if options.writesDefaults || !Kind.isDefault(value) {
      try field(Kind.self, name, protoName, value)
    }
  }

  package mutating func optional<Kind: FieldKind>(
    _: Kind.Type, _ name: String, _ protoName: String, _ value: Kind.Value?
  ) throws(JSONError) {
    if let value { try field(Kind.self, name, protoName, value) }
  }

  package mutating func repeated<Kind: FieldKind>(
    _: Kind.Type, _ name: String, _ protoName: String, _ values: [Kind.Value]
  ) throws(JSONError) {
    guard options.writesDefaults || !values.isEmpty else { return }
    var elements: [JSONValue] = []
    elements.reserveCapacity(values.count)
    for value in values {
      do throws(JSONError) {
        elements.append(try Kind.jsonValue(value, options))
      } catch { throw error.within(elements.count).within(name) }
    }
    append(name, protoName, .array(elements))
  }

  package mutating func map<Key: MapKeyKind, Element: FieldKind>(
    _: Key.Type, _: Element.Type, _ name: String, _ protoName: String,
    _ values: [Key.Value: Element.Value]
  ) throws(JSONError) {
    guard options.writesDefaults || !values.isEmpty else { return }
    var entries: [JSONValue.Member] = []
    for (key, value) in values.sorted(by: { Key.areInOrder($0.key, $1.key) }) {
      let key = Key.jsonKey(key)
      do throws(JSONError) {
        entries.append(JSONValue.Member(key, try Element.jsonValue(value, options)))
      } catch { throw error.within("[\"\(key)\"]").within(name) }
    }
    append(name, protoName, .object(entries))
  }
}
