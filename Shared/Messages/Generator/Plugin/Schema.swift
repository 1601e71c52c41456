// What the generator knows of the `.proto` files: plain values, all names full and without the
// leading dot, comments in place.

struct ProtoSource {
  let name: String
  let package: String
  let syntax: String
  let dependencies: [String]
  let messages: [MessageType]
  let enums: [EnumType]
  let services: [ServiceType]
  let extensions: [ExtensionField]
  /// The encoded `FileDescriptorProto`; of the source it has the comments only.
  let descriptor: [UInt8]
}

struct MessageType {
  let name: String
  let fullName: String
  let comment: String
  let fields: [Field]
  let oneofs: [Oneof]
  let messages: [MessageType]
  let enums: [EnumType]
  let extensions: [ExtensionField]
  let isMapEntry: Bool

  /// The fields as written on the wire.
  var fieldsByNumber: [Field] { fields.sorted { $0.number < $1.number } }
}

struct Oneof {
  let name: String
  let comment: String
  /// Stands for a proto3 `optional`: no oneof for the user.
  let isSynthetic: Bool
}

struct Field {
  enum Label { case implicit, optional, repeated, packed, required }

  let name: String
  let jsonName: String
  let number: Int32
  let comment: String
  let label: Label
  let type: FieldType
  /// Position of the oneof the field is a member of; nil for the synthetic ones.
  let oneof: Int?
}

enum FieldType: Equatable {
  case scalar(Scalar)
  case message(String)
  case enumeration(String)
  case group
}

/// The scalar types, with their names in Swift, in our codec and in protobuf-c.
enum Scalar: String {
  case double, float, int64, uint64, int32, fixed64, fixed32, bool, string, bytes
  case uint32, sfixed32, sfixed64, sint32, sint64

  var swiftType: String {
    switch self {
    case .double: "Double"
    case .float: "Float"
    case .int64, .sfixed64, .sint64: "Int64"
    case .uint64, .fixed64: "UInt64"
    case .int32, .sfixed32, .sint32: "Int32"
    case .uint32, .fixed32: "UInt32"
    case .bool: "Bool"
    case .string: "String"
    case .bytes: "[UInt8]"
    }
  }

  var swiftDefault: String {
    switch self {
    case .bool: "false"
    case .string: "\"\""
    case .bytes: "[]"
    default: "0"
    }
  }

  var kind: String {
    switch self {
    case .uint32: "UInt32Field"
    case .uint64: "UInt64Field"
    case .sint32: "SInt32Field"
    case .sint64: "SInt64Field"
    case .sfixed32: "SFixed32Field"
    case .sfixed64: "SFixed64Field"
    default: rawValue.prefix(1).uppercased() + rawValue.dropFirst() + "Field"
    }
  }

  var cType: String {
    switch self {
    case .double, .float: rawValue
    case .int64, .sfixed64, .sint64: "int64_t"
    case .uint64, .fixed64: "uint64_t"
    case .int32, .sfixed32, .sint32: "int32_t"
    case .uint32, .fixed32: "uint32_t"
    case .bool: "protobuf_c_boolean"
    case .string, .bytes: "cabildo_bytes"
    }
  }

  var tableType: String {
    self == .string ? "PROTOBUF_C_TYPE_BYTES" : "PROTOBUF_C_TYPE_\(rawValue.uppercased())"
  }
}

struct EnumType {
  struct Value {
    let name: String
    let number: Int32
    let comment: String
  }

  let name: String
  let fullName: String
  let comment: String
  let values: [Value]
}

struct ExtensionField {
  let fullName: String
  let extendee: String
  let number: Int32
}

struct ServiceType {
  struct Method {
    let name: String
    let comment: String
    let input: String
    let output: String
    let streamsRequests: Bool
    let streamsResponses: Bool
    /// The Swift case of `Idempotency`.
    let idempotency: String
  }

  let name: String
  let fullName: String
  let comment: String
  let methods: [Method]
}
