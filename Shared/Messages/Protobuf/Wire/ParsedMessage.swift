package import CProtobuf

/// A message as protobuf-c unpacked it, alive in the `Arena`; generated code reads it out.
@safe package struct ParsedMessage {
  private let message: UnsafeMutablePointer<ProtobufCMessage>

  @unsafe package init(_ message: UnsafeMutablePointer<ProtobufCMessage>) {
    unsafe self.message = message
  }

  /// The C struct, which must be the one that the message's layout describes.
  @unsafe package func `as`<Struct>(_ type: Struct.Type) -> UnsafeMutablePointer<Struct> {
    unsafe UnsafeMutableRawPointer(message).assumingMemoryBound(to: Struct.self)
  }

  /// The fields the type does not know, the ones in carriers taken out of them.
  package var unknownFields: UnknownFields {
    let count = unsafe Int(message.pointee.n_unknown_fields)
    guard count > 0 else { return UnknownFields() }
    var writer = MessageWriter()
    for index in (0..<count).reversed() {
      let field = unsafe message.pointee.unknown_fields[index]
      let value = unsafe UnsafeRawBufferPointer(start: field.data, count: field.len)
      if unsafe field.tag == FieldNumber.carrier {
        let prefix = unsafe value.prefix { $0 >= 0x80 }.count + 1
        unsafe writer.write(UnsafeRawBufferPointer(rebasing: value[prefix...]))
      } else {
        unsafe writer.write(value)
        unsafe writer.varint(UInt64(field.tag << 3 | field.wire_type.rawValue))
      }
    }
    return UnknownFields(bytes: writer.bytes())
  }
}
