import CDescriptor
import CProtobuf

/// A `CodeGeneratorRequest`, read through protobuf-c.
struct CodeGeneratorRequest {
  let parameter: String
  let filesToGenerate: [String]
  let files: [ProtoSource]

  init?(_ bytes: [UInt8]) {
    let unpacked = unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe google__protobuf__compiler__code_generator_request__unpack(
        nil, bytes.count, bytes.baseAddress)
    }
    guard let request = unsafe unpacked else { return nil }
    parameter = unsafe text(request.pointee.parameter)
    filesToGenerate = unsafe list(
      request.pointee.n_file_to_generate, request.pointee.file_to_generate
    )
    .map { unsafe text($0) }
    let descriptors = FileDescriptors(in: bytes).withComments
    files = unsafe zip(
      list(request.pointee.n_proto_file, request.pointee.proto_file), descriptors
    ).map { file, descriptor in
      unsafe ProtoSource(file!.pointee, descriptor)
    }
    unsafe google__protobuf__compiler__code_generator_request__free_unpacked(request, nil)
  }
}

private func text(_ c: UnsafePointer<CChar>?) -> String {
  guard let c = unsafe c else { return "" }
  return unsafe String(cString: c)
}

private func list<Element>(_ count: Int, _ c: UnsafeMutablePointer<Element>?)
  -> UnsafeBufferPointer<Element>
{
  unsafe UnsafeBufferPointer(start: c, count: count)
}

/// A type's name without the dot that says it is full.
private func name(ofType c: UnsafePointer<CChar>?) -> String {
  unsafe String(text(c).drop { $0 == "." })
}

/// Comments by the path of what they stand before (`SourceCodeInfo.Location.path`).
private struct Comments {
  private var texts: [[Int32]: String] = [:]

  init(_ info: UnsafeMutablePointer<Google__Protobuf__SourceCodeInfo>?) {
    guard let info = unsafe info?.pointee else { return }
    unsafe list(info.n_location, info.location).forEach {
      let location = unsafe $0!.pointee
      let comment = unsafe text(location.leading_comments) + text(location.trailing_comments)
      if !comment.isEmpty {
        unsafe texts[Array(list(location.n_path, location.path))] = comment
      }
    }
  }

  subscript(path: [Int32]) -> String { texts[path] ?? "" }
}

extension ProtoSource {
  fileprivate init(_ c: Google__Protobuf__FileDescriptorProto, _ descriptor: [UInt8]) {
    let comments = unsafe Comments(c.source_code_info)
    let package = unsafe text(c.package)
    unsafe name = text(c.name)
    self.package = package
    unsafe syntax = c.syntax == nil ? "proto2" : text(c.syntax)
    dependencies = unsafe list(c.n_dependency, c.dependency).map { unsafe text($0) }
    messages = unsafe list(c.n_message_type, c.message_type).enumerated().map {
      unsafe MessageType($1!.pointee, in: package, [4, Int32($0)], comments)
    }
    enums = unsafe list(c.n_enum_type, c.enum_type).enumerated().map {
      unsafe EnumType($1!.pointee, in: package, [5, Int32($0)], comments)
    }
    services = unsafe list(c.n_service, c.service).enumerated().map {
      unsafe ServiceType($1!.pointee, in: package, [6, Int32($0)], comments)
    }
    extensions = unsafe list(c.n_extension, c.extension).map {
      unsafe ExtensionField($0!.pointee, in: package)
    }
    self.descriptor = descriptor
  }
}

private func join(_ scope: String, _ name: String) -> String {
  scope.isEmpty ? name : "\(scope).\(name)"
}

extension MessageType {
  fileprivate init(
    _ c: Google__Protobuf__DescriptorProto, in scope: String, _ path: [Int32], _ comments: Comments
  ) {
    let fullName = unsafe join(scope, text(c.name))
    unsafe name = text(c.name)
    self.fullName = fullName
    comment = comments[path]
    let fields = unsafe list(c.n_field, c.field).enumerated().map {
      unsafe Field($1!.pointee, comments[path + [2, Int32($0)]])
    }
    self.fields = fields
    oneofs = unsafe list(c.n_oneof_decl, c.oneof_decl).enumerated().map { index, oneof in
      unsafe Oneof(
        name: text(oneof!.pointee.name), comment: comments[path + [8, Int32(index)]],
        isSynthetic: !fields.contains { $0.oneof == index })
    }
    messages = unsafe list(c.n_nested_type, c.nested_type).enumerated().map {
      unsafe MessageType($1!.pointee, in: fullName, path + [3, Int32($0)], comments)
    }
    enums = unsafe list(c.n_enum_type, c.enum_type).enumerated().map {
      unsafe EnumType($1!.pointee, in: fullName, path + [4, Int32($0)], comments)
    }
    extensions = unsafe list(c.n_extension, c.extension).map {
      unsafe ExtensionField($0!.pointee, in: fullName)
    }
    unsafe isMapEntry = c.options?.pointee.map_entry == 1
  }
}

extension Field {
  fileprivate init(_ c: Google__Protobuf__FieldDescriptorProto, _ comment: String) {
    unsafe name = text(c.name)
    unsafe jsonName = text(c.json_name)
    unsafe number = c.number
    self.comment = comment
    let type = unsafe FieldType(c)
    self.type = type
    let isOptional = unsafe c.proto3_optional != 0
    unsafe oneof = c.has_oneof_index != 0 && !isOptional ? Int(c.oneof_index) : nil
    switch unsafe c.label {
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED:
      let options = unsafe c.options?.pointee
      let asksUnpacked = unsafe options?.has_packed == 1 && options?.packed == 0
      label = type.isPackable && !asksUnpacked ? .packed : .repeated
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REQUIRED:
      label = .required
    default:
      if case .message = type {
        label = .optional
      } else {
        label = isOptional ? .optional : .implicit
      }
    }
  }
}

extension FieldType {
  var isPackable: Bool {
    switch self {
    case .scalar(let scalar): scalar != .string && scalar != .bytes
    case .enumeration: true
    case .message, .group: false
    }
  }

  /// In the order of `FieldDescriptorProto.Type`, from 1; nil where the type is no scalar.
  private static let scalars: [Scalar?] = [
    .double, .float, .int64, .uint64, .int32, .fixed64, .fixed32, .bool, .string, nil, nil,
    .bytes, .uint32, nil, .sfixed32, .sfixed64, .sint32, .sint64,
  ]

  fileprivate init(_ c: Google__Protobuf__FieldDescriptorProto) {
    switch unsafe c.type {
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_GROUP: self = .group
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE:
      self = unsafe .message(CProtoc.typeName(c))
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_ENUM:
      self = unsafe .enumeration(CProtoc.typeName(c))
    default: self = unsafe .scalar(Self.scalars[Int(c.type.rawValue) - 1]!)
    }
  }

  private enum CProtoc {
    static func typeName(_ c: Google__Protobuf__FieldDescriptorProto) -> String {
      unsafe name(ofType: c.type_name)
    }
  }
}

extension EnumType {
  fileprivate init(
    _ c: Google__Protobuf__EnumDescriptorProto, in scope: String, _ path: [Int32],
    _ comments: Comments
  ) {
    unsafe name = text(c.name)
    unsafe fullName = join(scope, text(c.name))
    comment = comments[path]
    values = unsafe list(c.n_value, c.value).enumerated().map { index, value in
      unsafe Value(
        name: text(value!.pointee.name), number: value!.pointee.number,
        comment: comments[path + [2, Int32(index)]])
    }
  }
}

extension ExtensionField {
  fileprivate init(_ c: Google__Protobuf__FieldDescriptorProto, in scope: String) {
    unsafe fullName = join(scope, text(c.name))
    unsafe extendee = protobufName(c.extendee)
    unsafe number = c.number
  }
}

private func protobufName(_ c: UnsafePointer<CChar>?) -> String { unsafe name(ofType: c) }

extension ServiceType {
  fileprivate init(
    _ c: Google__Protobuf__ServiceDescriptorProto, in scope: String, _ path: [Int32],
    _ comments: Comments
  ) {
    unsafe name = text(c.name)
    unsafe fullName = join(scope, text(c.name))
    comment = comments[path]
    methods = unsafe list(c.n_method, c.method).enumerated().map {
      unsafe Method($1!.pointee, comments[path + [2, Int32($0)]])
    }
  }
}

extension ServiceType.Method {
  fileprivate init(_ c: Google__Protobuf__MethodDescriptorProto, _ comment: String) {
    unsafe name = text(c.name)
    self.comment = comment
    unsafe input = protobufName(c.input_type)
    unsafe output = protobufName(c.output_type)
    unsafe streamsRequests = c.client_streaming != 0
    unsafe streamsResponses = c.server_streaming != 0
    idempotency =
      switch unsafe c.options?.pointee.idempotency_level {
      case GOOGLE__PROTOBUF__METHOD_OPTIONS__IDEMPOTENCY_LEVEL__IDEMPOTENT: "idempotent"
      case GOOGLE__PROTOBUF__METHOD_OPTIONS__IDEMPOTENCY_LEVEL__NO_SIDE_EFFECTS: "noSideEffects"
      default: "unknown"
      }
  }
}
