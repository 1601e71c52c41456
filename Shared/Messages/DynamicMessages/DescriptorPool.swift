package import Protobuf
internal import WellKnown

/// The types that were learned at run time, and the codec of their messages.
package struct DescriptorPool: Sendable {
  private var files: Set<String> = []
  private var wantedFiles: Set<String> = []
  private var messages: [String: MessageType] = [:]
  private var enums: [String: EnumType] = [:]
  private var services: [String: ServiceType] = [:]
  private var comments: [String: String] = [:]

  package init() {}

  /// Takes the types of an encoded `FileDescriptorProto`; a file of the same name counts once.
  package mutating func add(_ bytes: [UInt8]) throws(DescriptorError) {
    let file = try DescriptorReader(bytes)
    guard files.insert(file.name).inserted else { return }
    wantedFiles.formUnion(file.dependencies)
    for message in file.messages { messages[message.name] = message }
    for enumeration in file.enums { enums[enumeration.name] = enumeration }
    for service in file.services { services[service.name] = service }
    comments.merge(file.comments) { $1 }
  }

  /// Files that others import and that have not been added.
  package var missingFiles: Set<String> { wantedFiles.subtracting(files) }

  package func message(_ name: String) -> MessageType? { messages[name] }
  package func enumeration(_ name: String) -> EnumType? { enums[name] }
  package func service(_ name: String) -> ServiceType? { services[name] }

  /// What its authors say of a declaration, by its full name; the values of an enum are in it.
  package func comment(on name: String) -> String? { comments[name] }

  /// What a field is a map of, if it is one.
  func mapEntry(of field: FieldType) -> MapEntryType? {
    guard field.isRepeated, case .message(let name) = field.kind else { return nil }
    return messages[name].flatMap(MapEntryType.init)
  }

  func known(_ name: String) throws(JSONError) -> MessageType {
    guard let type = messages[name] else {
      throw JSONError("the type \"\(name)\" is not known here")
    }
    return type
  }

  static let wellKnown = MessageRegistry(WellKnownRegistry.messages)

  /// What proto3 gives a JSON form of its own, by name.
  static let ownForms: [String: any Message.Type] = Dictionary(
    WellKnownRegistry.messages.filter { $0.hasOwnJSONForm }.map { ($0.messageName, $0) }
  ) { first, _ in first }
}

extension DescriptorPool {
  /// Reads the proto3 JSON form of a message and encodes it.
  package func encode(
    _ json: JSONValue, as name: String, _ options: JSONDecodingOptions = .standard
  ) throws(JSONError) -> [UInt8] {
    let value = try JSONToDynamic(pool: self, options: options).message(name, json)
    var writer = MessageWriter()
    value.encodeMessage(into: &writer)
    return writer.bytes()
  }

  /// The proto3 JSON form of an encoded message.
  package func json(
    _ bytes: [UInt8], as name: String, _ options: JSONEncodingOptions = .standard,
    limits: DecodingLimits = .standard
  ) throws -> JSONValue {
    var decoder = DynamicDecoder(pool: self, limits: limits)
    let value = try decoder.decode(bytes.span, as: name)
    return try DynamicToJSON(pool: self, options: options).json(message: value)
  }
}
