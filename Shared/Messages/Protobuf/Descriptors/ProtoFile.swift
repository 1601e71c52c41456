/// A `.proto` file as it was compiled: what reflection answers with.
package struct ProtoFile: Sendable {
  /// An extension declared in the file: whom it extends and by which number.
  package struct Extension: Hashable, Sendable {
    package let extendee: String
    package let number: Int32

    package init(extendee: String, number: Int32) {
      self.extendee = extendee
      self.number = number
    }
  }

  /// As `protoc` names it, `grpc/health/v1/health.proto`.
  package let name: String
  /// Names of the files it imports.
  package let dependencies: [String]
  /// Full names of all it declares: messages, fields, oneofs, enums and their values, services,
  /// methods, extensions.
  package let symbols: [String]
  package let extensions: [Extension]
  private let descriptor: @Sendable () -> [UInt8]

  package init(
    name: String, dependencies: [String], symbols: [String], extensions: [Extension],
    descriptor: @escaping @Sendable () -> [UInt8]
  ) {
    self.name = name
    self.dependencies = dependencies
    self.symbols = symbols
    self.extensions = extensions
    self.descriptor = descriptor
  }

  /// The encoded `FileDescriptorProto`, without source positions.
  package var bytes: [UInt8] { descriptor() }
}
