package import Protobuf

extension GoogleProtobuf.`Any` {
  private static let typeURLPrefix = "type.googleapis.com/"

  package init<M: Message>(packing message: M) {
    self.init(
      typeUrl: Self.typeURLPrefix + M.messageName, value: message.encoded())
  }

  /// Full name of the type it holds: what stands behind the last slash of the URL.
  package var messageName: String {
    String(
      typeUrl[(typeUrl.lastIndex(of: "/").map(typeUrl.index(after:)) ?? typeUrl.startIndex)...])
  }

  /// The message it holds; nil if that is of another type, or the bytes are none of the type.
  package func unpacked<M: Message>(as _: M.Type = M.self, limits: DecodingLimits = .standard)
    -> M?
  {
    guard messageName == M.messageName else { return nil }
    return try? M(decoding: value, limits: limits)
  }
}

/// In JSON the held message's object with its type under `@type`; a type with a JSON form of its
/// own stands under `value`.
extension GoogleProtobuf.`Any` {
  package static var hasOwnJSONForm: Bool { true }
  private static let wellKnown = MessageRegistry(WellKnownRegistry.messages)

  package func jsonValue(_ options: JSONEncodingOptions) throws(JSONError) -> JSONValue {
    guard !typeUrl.isEmpty || !value.isEmpty else { return .object([]) }
    guard options.anyLevels > 0 else {
      throw JSONError("more google.protobuf.Any inside one another than allowed")
    }
    var options = options
    options.anyLevels -= 1
    let type = try Self.type(named: messageName, options.registry)
    let json = try json(of: type, options)
    let members: [JSONValue.Member]
    if !type.hasOwnJSONForm, case .object(let fields) = json {
      members = fields
    } else {
      members = [JSONValue.Member("value", json)]
    }
    return .object([JSONValue.Member("@type", .string(typeUrl))] + members)
  }

  private func json<M: Message>(of _: M.Type, _ options: JSONEncodingOptions) throws(JSONError)
    -> JSONValue
  {
    let message: M
    do throws(DecodingError) {
      message = try M(decoding: value)
    } catch { throw JSONError("\(error)") }
    return try message.jsonValue(options)
  }

  package init(jsonValue: JSONValue, _ options: JSONDecodingOptions) throws(JSONError) {
    guard case .object(var members) = jsonValue else {
      throw JSONError("google.protobuf.Any is an object")
    }
    self.init()
    guard !members.isEmpty else { return }
    guard let index = members.firstIndex(where: { $0.name == "@type" }),
      case .string(let url) = members.remove(at: index).value
    else { throw JSONError("google.protobuf.Any names its type under \"@type\"") }
    typeUrl = url
    let type = try Self.type(named: messageName, options.registry)
    if type.hasOwnJSONForm {
      guard members.count == 1, members[0].name == "value" else {
        throw JSONError("\(messageName) in a google.protobuf.Any stands under \"value\" alone")
      }
      value = try type.init(jsonValue: members[0].value, options).encoded()
    } else {
      value = try type.init(jsonValue: .object(members), options).encoded()
    }
  }

  private static func type(named name: String, _ registry: MessageRegistry) throws(JSONError)
    -> any Message.Type
  {
    if let type = registry[name] ?? wellKnown[name] { return type }
    throw JSONError("the type \"\(name)\" is not known here")
  }
}
