internal import Protobuf

/// A message type as its descriptor tells it.
package final class MessageType: Sendable {
  /// Full name, `google.rpc.Status`.
  package let name: String
  /// As declared.
  package let fields: [FieldType]
  package let oneofs: [String]
  /// Full names of the types declared inside.
  package let nestedMessages: [String]
  package let nestedEnums: [String]
  /// The entry of a map, a type that nobody wrote.
  package let isMapEntry: Bool
  package let reservedNumbers: [ClosedRange<Int>]
  package let reservedNames: [String]

  let fallingNumbers: [UInt32]
  private let fieldsByNumber: [UInt32: FieldType]
  private let fieldsByName: [[UInt8]: FieldType]

  init(_ shape: Shape) {
    name = shape.name
    fields = shape.fields
    oneofs = shape.oneofs
    nestedMessages = shape.nestedMessages
    nestedEnums = shape.nestedEnums
    isMapEntry = shape.isMapEntry
    reservedNumbers = shape.reservedNumbers
    reservedNames = shape.reservedNames
    fieldsByNumber = Dictionary(fields.map { ($0.number, $0) }) { first, _ in first }
    fieldsByName = Dictionary(
      fields.flatMap { [(Array($0.jsonName.utf8), $0), (Array($0.name.utf8), $0)] }
    ) { first, _ in first }
    fallingNumbers = fieldsByNumber.keys.sorted(by: >)
  }

  /// What a descriptor said, before it is put in order.
  struct Shape {
    var name = ""
    var fields: [FieldType] = []
    var oneofs: [String] = []
    var nestedMessages: [String] = []
    var nestedEnums: [String] = []
    var isMapEntry = false
    var reservedNumbers: [ClosedRange<Int>] = []
    var reservedNames: [String] = []
  }

  package func field(_ number: UInt32) -> FieldType? { fieldsByNumber[number] }

  /// The field under the name of its JSON form or of the `.proto`.
  package func field(named name: String) -> FieldType? { fieldsByName[Array(name.utf8)] }
}

/// One field of a message type.
package struct FieldType: Sendable {
  package enum Kind: Hashable, Sendable {
    case scalar(Scalar)
    /// By full name.
    case enumeration(String)
    case message(String)
    /// proto2's; it can be described but not used.
    case group(String)
  }

  package let name: String
  package let jsonName: String
  package let number: UInt32
  package let kind: Kind
  package let isRepeated: Bool
  package let isRequired: Bool
  package let isPacked: Bool
  /// Being unset differs from being at the default.
  package let hasPresence: Bool
  /// Written `optional`.
  package let isOptional: Bool
  /// Index among the type's oneofs; nil for the oneof that `optional` makes.
  package let oneof: Int?

  /// How one value is written.
  var wireType: WireType {
    switch kind {
    case .scalar(let scalar): scalar.wireType
    case .enumeration: .varint
    case .message: .lengthDelimited
    case .group: .startGroup
    }
  }

  /// A value of that wire type can be the field's; a packed one too, where elements can be packed.
  func accepts(_ type: WireType) -> Bool {
    if case .group = kind { return false }
    return type == wireType || (type == .lengthDelimited && isRepeated)
  }
}

/// An enum type. Its values keep the numbers that it has no name for.
package final class EnumType: Sendable {
  package struct Value: Hashable, Sendable {
    package let name: String
    package let number: Int32
  }

  /// Full name.
  package let name: String
  /// As declared; of two names of one number the first is the one written.
  package let values: [Value]
  private let numbers: [String: Int32]
  private let names: [Int32: String]

  init(name: String, values: [Value]) {
    self.name = name
    self.values = values
    numbers = Dictionary(values.map { ($0.name, $0.number) }) { first, _ in first }
    names = Dictionary(values.map { ($0.number, $0.name) }) { first, _ in first }
  }

  package func number(of name: String) -> Int32? { numbers[name] }
  package func name(of number: Int32) -> String? { names[number] }
}

/// A service and what can be called on it.
package struct ServiceType: Sendable {
  package struct Method: Hashable, Sendable {
    package let name: String
    /// Full names of the types of its messages.
    package let input: String
    package let output: String
    package let streamsInput: Bool
    package let streamsOutput: Bool
  }

  /// Full name, `grpc.health.v1.Health`.
  package let name: String
  package let methods: [Method]

  package func method(_ name: String) -> Method? { methods.first { $0.name == name } }
}
