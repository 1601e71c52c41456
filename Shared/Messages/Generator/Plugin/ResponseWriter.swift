import CDescriptor
import CProtobuf
import Glibc

/// A `CodeGeneratorResponse`, written through protobuf-c. What it allocates lives as long as the
/// process, which ends with it.
@safe struct CodeGeneratorResponse {
  private var response: Google__Protobuf__Compiler__CodeGeneratorResponse

  private init() {
    unsafe response = Google__Protobuf__Compiler__CodeGeneratorResponse()
    unsafe google__protobuf__compiler__code_generator_response__init(&response)
    unsafe response.has_supported_features = 1
    unsafe response.supported_features = UInt64(
      GOOGLE__PROTOBUF__COMPILER__CODE_GENERATOR_RESPONSE__FEATURE__FEATURE_PROTO3_OPTIONAL
        .rawValue)
  }

  init(error: GeneratorError) {
    self.init()
    unsafe response.error = strdup(error.text)
  }

  init(_ outputs: [Generator.Output]) {
    self.init()
    typealias File = Google__Protobuf__Compiler__CodeGeneratorResponse__File
    let files = UnsafeMutablePointer<UnsafeMutablePointer<File>?>.allocate(
      capacity: outputs.count)
    for (index, output) in outputs.enumerated() {
      let file = UnsafeMutablePointer<File>.allocate(capacity: 1)
      unsafe google__protobuf__compiler__code_generator_response__file__init(file)
      unsafe file.pointee.name = strdup(output.name)
      unsafe file.pointee.content = strdup(output.text)
      unsafe (files + index).initialize(to: file)
    }
    unsafe response.n_file = outputs.count
    unsafe response.file = files
  }

  mutating func encoded() -> [UInt8] {
    let count =
      unsafe google__protobuf__compiler__code_generator_response__get_packed_size(&response)
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = unsafe google__protobuf__compiler__code_generator_response__pack(
        &response, buffer.baseAddress)
    }
  }
}
