internal import Protobuf

extension DynamicMessage {
  /// Writes the fields in falling order of their numbers, as `MessageWriter` wants them.
  func encode(into writer: inout MessageWriter) {
    writer.write(unknownFields)
    for number in type.fallingNumbers {
      guard let content = fields[number], let field = type.field(number) else { continue }
      switch content {
      case .singular(let value): field.write(value, into: &writer)
      case .repeated(let values):
        guard field.isPacked else {
          for value in values.reversed() { field.write(value, into: &writer) }
          continue
        }
        let end = writer.count
        for value in values.reversed() { field.kind.write(value, into: &writer) }
        writer.varint(UInt64(writer.count - end))
        writer.tag(number, .lengthDelimited)
      case .map(let entry, let entries): field.write(entries, of: entry, into: &writer)
      }
    }
  }
}

extension DynamicValue {
  func encodeMessage(into writer: inout MessageWriter) {
    switch self {
    case .message(let message): message.encode(into: &writer)
    case .wellKnown(let message): message.encode(into: &writer)
    default: break
    }
  }
}

extension FieldType {
  fileprivate func write(_ value: DynamicValue, into writer: inout MessageWriter) {
    kind.write(value, into: &writer)
    writer.tag(number, wireType)
  }

  /// A map is written as its entries, key 1 and value 2, in the order of the keys.
  fileprivate func write(
    _ entries: [MapKey: DynamicValue], of entry: MapEntryType, into writer: inout MessageWriter
  ) {
    for (key, value) in entries.sorted(by: { $0.key > $1.key }) {
      let end = writer.count
      entry.value.write(value, into: &writer)
      entry.key.write(key.value, into: &writer)
      writer.varint(UInt64(writer.count - end))
      writer.tag(number, .lengthDelimited)
    }
  }
}

extension FieldType.Kind {
  /// Writes the value without its tag.
  fileprivate func write(_ value: DynamicValue, into writer: inout MessageWriter) {
    switch self {
    case .scalar(let scalar): scalar.write(value, into: &writer)
    case .enumeration: Scalar.int32.write(value, into: &writer)
    case .message, .group:
      let end = writer.count
      value.encodeMessage(into: &writer)
      writer.varint(UInt64(writer.count - end))
    }
  }
}
