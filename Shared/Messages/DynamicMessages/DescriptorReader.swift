internal import Protobuf

/// Reads the types out of one encoded `FileDescriptorProto`. Numbers of fields are those of
/// `google/protobuf/descriptor.proto`.
struct DescriptorReader {
  /// Message types inside message types; the generators of others stop far earlier.
  private static let levelsMaximum = 64
  private static let syntaxOfProto3 = "proto3"

  private(set) var messages: [MessageType] = []
  private(set) var enums: [EnumType] = []
  private(set) var services: [ServiceType] = []
  private(set) var comments: [String: String] = [:]
  let name: String
  let dependencies: [String]
  private let syntax: String

  private struct Problem: Error {
    let text: String
  }

  init(_ bytes: [UInt8]) throws(DescriptorError) {
    let file: EncodedFields
    do throws(WireFault) {
      file = try EncodedFields(bytes)
    } catch { throw DescriptorError(file: "", problem: "\(error.reason) at byte \(error.offset)") }
    name = file.text(1)
    dependencies = file.texts(3)
    syntax = file.text(12)
    do {
      try read(file)
    } catch let fault as WireFault {
      throw DescriptorError(file: name, problem: "\(fault.reason) at byte \(fault.offset)")
    } catch { throw DescriptorError(file: name, problem: (error as? Problem)?.text ?? "\(error)") }
  }

  private mutating func read(_ file: EncodedFields) throws {
    guard !name.isEmpty else { throw Problem(text: "it has no name") }
    let scope = file.text(2)
    for message in try file.messages(4) {
      _ = try read(message: message, in: scope, levels: Self.levelsMaximum)
    }
    for enumeration in try file.messages(5) { _ = try read(enumeration: enumeration, in: scope) }
    for service in try file.messages(6) { try read(service: service, in: scope) }
    comments = try DescriptorComments(file).texts
  }

  private mutating func read(message: EncodedFields, in scope: String, levels: Int) throws
    -> String
  {
    guard levels > 0 else {
      throw Problem(text: "more than \(Self.levelsMaximum) types inside one another")
    }
    var shape = MessageType.Shape()
    shape.name = try Self.join(scope, message.text(1))
    shape.oneofs = try message.messages(8).map { $0.text(1) }
    for nested in try message.messages(3) {
      shape.nestedMessages.append(try read(message: nested, in: shape.name, levels: levels - 1))
    }
    for nested in try message.messages(4) {
      shape.nestedEnums.append(try read(enumeration: nested, in: shape.name))
    }
    shape.isMapEntry = try message.messages(7).contains { $0.flag(7) }
    // The end of a reserved range is not part of it.
    shape.reservedNumbers = try message.messages(9).compactMap { range in
      guard let start = range.integer(1), let end = range.integer(2), start < end else {
        return nil
      }
      return start...(end - 1)
    }
    shape.reservedNames = message.texts(10)
    var numbers: Set<UInt32> = []
    for field in try message.messages(2) {
      let field = try read(field: field, of: shape)
      guard numbers.insert(field.number).inserted else {
        throw Problem(text: "\(shape.name) has the number \(field.number) twice")
      }
      shape.fields.append(field)
    }
    messages.append(MessageType(shape))
    return shape.name
  }

  private func read(field: EncodedFields, of message: MessageType.Shape) throws -> FieldType {
    let name = field.text(1)
    guard !name.isEmpty, let number = field.integer(3), 1...Int(FieldNumber.maximum) ~= number
    else { throw Problem(text: "\(message.name) has a field without a name or a number") }
    let label = field.integer(4)
    let isRepeated = label == 3
    let isProto3Optional = field.flag(17)
    let oneof = field.integer(9)
    if let oneof, !message.oneofs.indices.contains(oneof) {
      throw Problem(text: "\(message.name).\(name) is of a oneof that is not there")
    }
    guard let kind = Self.kind(field) else {
      throw Problem(text: "\(message.name).\(name) is of an unknown type")
    }
    let packs = try field.messages(8).last { $0.has(2) }?.flag(2)
    let isMessage: Bool
    switch kind {
    case .message, .group: isMessage = true
    case .scalar, .enumeration: isMessage = false
    }
    return FieldType(
      name: name, jsonName: field.has(10) ? field.text(10) : Self.lowerCamel(name),
      number: UInt32(number), kind: kind, isRepeated: isRepeated, isRequired: label == 2,
      isPacked: isRepeated && kind.canBePacked && packs ?? !isProto2,
      hasPresence: !isRepeated
        && (isMessage || isProto3Optional || oneof != nil || syntax != Self.syntaxOfProto3),
      isOptional: isProto3Optional || (label == 1 && oneof == nil && isProto2),
      oneof: isProto3Optional ? nil : oneof)
  }

  /// Its files carry no syntax. It does not pack unless told to.
  private var isProto2: Bool { syntax.isEmpty || syntax == "proto2" }

  private static func kind(_ field: EncodedFields) -> FieldType.Kind? {
    let typeName = String(field.text(6).drop { $0 == "." })
    switch field.integer(5) {
    case 10: return .group(typeName)
    case 11: return .message(typeName)
    case 14: return .enumeration(typeName)
    case let number?: return Scalar(rawValue: number).map { .scalar($0) }
    case nil: return nil
    }
  }

  private mutating func read(enumeration: EncodedFields, in scope: String) throws -> String {
    let name = try Self.join(scope, enumeration.text(1))
    enums.append(
      EnumType(
        name: name,
        values: try enumeration.messages(2).map {
          EnumType.Value(
            name: $0.text(1), number: Int32(truncatingIfNeeded: $0.integer(2) ?? 0))
        }))
    return name
  }

  private mutating func read(service: EncodedFields, in scope: String) throws {
    services.append(
      ServiceType(
        name: try Self.join(scope, service.text(1)),
        methods: try service.messages(2).map {
          ServiceType.Method(
            name: $0.text(1), input: String($0.text(2).drop { $0 == "." }),
            output: String($0.text(3).drop { $0 == "." }), streamsInput: $0.flag(5),
            streamsOutput: $0.flag(6))
        }))
  }

  private static func join(_ scope: String, _ name: String) throws -> String {
    guard !name.isEmpty else { throw Problem(text: "a type has no name") }
    return scope.isEmpty ? name : "\(scope).\(name)"
  }

  /// The JSON name of a field whose descriptor has none.
  private static func lowerCamel(_ name: String) -> String {
    var result = ""
    var isAfterUnderscore = false
    for character in name {
      if character == "_" {
        isAfterUnderscore = true
      } else {
        result += isAfterUnderscore ? character.uppercased() : String(character)
        isAfterUnderscore = false
      }
    }
    return result
  }
}

extension FieldType.Kind {
  var canBePacked: Bool {
    switch self {
    case .scalar(let scalar): scalar.wireType != .lengthDelimited
    case .enumeration: true
    case .message, .group: false
    }
  }
}
