package import CProtobuf
import CProtobufLayout

/// The table that protobuf-c decodes one message type by: generated, constant, never freed.
@safe package struct MessageLayout: @unchecked Sendable {
  let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

  /// `descriptor` must be a generated table.
  @unsafe package init(_ descriptor: UnsafePointer<ProtobufCMessageDescriptor>) {
    unsafe self.descriptor = descriptor
  }

  /// Full name, `google.rpc.Status`.
  package var name: String { unsafe String(cString: descriptor.pointee.name) }

  var structBytes: Int { unsafe descriptor.pointee.sizeof_message }

  /// The field with a number, by binary search over the runs of consecutive numbers.
  func field(_ number: UInt32) -> FieldLayout? {
    var low = 0
    var high = unsafe Int(descriptor.pointee.n_field_ranges)
    guard high > 0, let ranges = unsafe descriptor.pointee.field_ranges else { return nil }
    let number = Int32(truncatingIfNeeded: number)
    while low < high {
      let middle = (low + high) / 2
      let start = unsafe ranges[middle].start_value
      let count = unsafe ranges[middle + 1].orig_index - ranges[middle].orig_index
      if number < start {
        high = middle
      } else if number >= start + Int32(count) {
        low = middle + 1
      } else {
        return unsafe FieldLayout(
          table: descriptor.pointee.fields,
          index: Int(ranges[middle].orig_index)
            + Int(number - start))
      }
    }
    return nil
  }
}

/// One field in a `MessageLayout`.
@safe struct FieldLayout {
  private let field: UnsafePointer<ProtobufCFieldDescriptor>
  /// Position in the table.
  let index: Int

  @unsafe init(table: UnsafePointer<ProtobufCFieldDescriptor>, index: Int) {
    unsafe field = table + index
    self.index = index
  }

  var name: String { unsafe String(cString: field.pointee.name) }
  var number: UInt32 { unsafe field.pointee.id }
  var isRepeated: Bool { unsafe field.pointee.label == PROTOBUF_C_LABEL_REPEATED }
  var isString: Bool { unsafe field.pointee.flags & UInt32(CABILDO_FIELD_FLAG_STRING) != 0 }

  /// Which oneof of its message the field belongs to.
  var oneof: UInt32? {
    let isMember = unsafe field.pointee.flags & PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue != 0
    return isMember ? unsafe field.pointee.quantifier_offset : nil
  }

  /// The type of a message field.
  var message: MessageLayout? {
    guard unsafe field.pointee.type == PROTOBUF_C_TYPE_MESSAGE else { return nil }
    return unsafe MessageLayout(
      field.pointee.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self))
  }

  /// How one value of the field is written.
  var wireType: WireType {
    switch unsafe field.pointee.type {
    case PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_FLOAT: .fixed32
    case PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_DOUBLE: .fixed64
    case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_MESSAGE: .lengthDelimited
    default: .varint
    }
  }

  /// Bytes that one element takes in the C struct.
  var elementBytes: Int {
    switch unsafe field.pointee.type {
    case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_UINT64: 8
    case PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_DOUBLE: 8
    case PROTOBUF_C_TYPE_BYTES: 16
    case PROTOBUF_C_TYPE_MESSAGE: 8
    default: 4
    }
  }
}
