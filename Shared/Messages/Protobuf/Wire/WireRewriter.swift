/// Says an encoded message again in a form that protobuf-c reads as the standard wants.
///
/// - A field of a known number but another wire type, a group, a tag longer than it must be:
///   set into a length-delimited field of the number `FieldNumber.carrier`, which is unknown to
///   every type; `ParsedMessage.unknownFields` takes it out again.
/// - A sub-message that comes in parts: one field with the parts behind one another, which is
///   what merging them means. Of a oneof, only what came since the last change of member.
///
/// The bytes must have passed a `WireScanner`.
struct WireRewriter {
  /// A length is filled in behind its content, so it always takes as much as the longest.
  private static let lengthBytes = 5

  private(set) var output: [UInt8] = []

  /// A singular sub-message and the parts it came in.
  private struct Pending {
    let field: FieldLayout
    let message: MessageLayout
    var parts: [Range<Int>]
  }

  mutating func rewrite(_ bytes: Span<UInt8>, _ parts: [Range<Int>], as layout: MessageLayout)
    throws(WireFault)
  {
    var pending: [Pending] = []
    for part in parts {
      var reader = WireReader(part)
      while !reader.isAtEnd {
        try rewriteField(bytes, &reader, layout, &pending)
      }
    }
    for field in pending {
      try nest(bytes, field.parts, as: field.message, in: field.field.number)
    }
  }

  private mutating func rewriteField(
    _ bytes: Span<UInt8>, _ reader: inout WireReader, _ layout: MessageLayout,
    _ pending: inout [Pending]
  ) throws(WireFault) {
    let tag = try reader.tag(bytes)
    guard let field = layout.field(tag.number), field.accepts(tag.type) else {
      try reader.skipValue(bytes, of: tag, levels: .max)
      let isPlain = layout.field(tag.number) == nil && tag.isCanonical
      if isPlain, tag.type != .startGroup, tag.number != FieldNumber.carrier {
        copy(bytes, tag.start..<reader.position)
      } else {
        carry(bytes, tag.start..<reader.position)
      }
      return
    }
    if let oneof = field.oneof {
      pending.removeAll { $0.field.oneof == oneof && $0.field.number != field.number }
    }
    guard let message = field.message else {
      try reader.skipValue(bytes, of: tag, levels: 0)
      return copy(bytes, tag.start..<reader.position)
    }
    let content = try reader.lengthDelimited(bytes)
    if field.isRepeated {
      try nest(bytes, [content], as: message, in: field.number)
    } else if let index = pending.firstIndex(where: { $0.field.number == field.number }) {
      pending[index].parts.append(content)
    } else {
      pending.append(Pending(field: field, message: message, parts: [content]))
    }
  }

  private mutating func nest(
    _ bytes: Span<UInt8>, _ parts: [Range<Int>], as message: MessageLayout, in number: UInt32
  ) throws(WireFault) {
    append(varint: UInt64(number) << 3 | UInt64(WireType.lengthDelimited.rawValue))
    let place = output.count
    output.append(contentsOf: repeatElement(0, count: Self.lengthBytes))
    try rewrite(bytes, parts, as: message)
    var length = output.count - place - Self.lengthBytes
    for index in 0..<Self.lengthBytes {
      let more: UInt8 = index + 1 < Self.lengthBytes ? 0x80 : 0
      output[place + index] = UInt8(length & 0x7f) | more
      length >>= 7
    }
  }

  private mutating func carry(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    append(
      varint: UInt64(FieldNumber.carrier) << 3 | UInt64(WireType.lengthDelimited.rawValue))
    append(varint: UInt64(range.count))
    copy(bytes, range)
  }

  private mutating func copy(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    unsafe bytes.extracting(range).withUnsafeBufferPointer {
      unsafe output.append(contentsOf: $0)
    }
  }

  private mutating func append(varint value: UInt64) {
    var value = value
    while value >= 0x80 {
      output.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    output.append(UInt8(value))
  }
}
