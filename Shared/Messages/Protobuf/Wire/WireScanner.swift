/// Looks through an encoded message before protobuf-c does: form, limits, UTF-8.
///
/// What it lets through protobuf-c can unpack within the limits, unless `needsRewriting`.
package struct WireScanner {
  private let limits: DecodingLimits
  /// Counted so far, as `DecodingLimits.elements` counts.
  package private(set) var elements = 0
  /// Something in the bytes is legal but not for protobuf-c: `WireRewriter` must go first.
  private(set) var needsRewriting = false

  package init(_ limits: DecodingLimits) {
    self.limits = limits
  }

  package mutating func scan(_ bytes: Span<UInt8>, as layout: MessageLayout) throws(WireFault) {
    guard bytes.count <= limits.bytes else {
      throw overLimit("bytes", limits.bytes, at: limits.bytes)
    }
    try scan(bytes, 0..<bytes.count, as: layout, levels: limits.depth)
  }

  private mutating func scan(
    _ bytes: Span<UInt8>, _ range: Range<Int>, as layout: MessageLayout, levels: Int
  ) throws(WireFault) {
    var reader = WireReader(range)
    var singular: UInt64 = 0
    while !reader.isAtEnd {
      let tag = try reader.tag(bytes)
      guard let field = layout.field(tag.number), field.accepts(tag.type) else {
        try unknown(tag, isKnown: layout.field(tag.number) != nil, bytes, &reader, levels)
        continue
      }
      if let message = field.message {
        try count(at: tag.start)
        noteSingular(field, in: &singular)
        let content = try reader.lengthDelimited(bytes)
        guard levels > 0 else { throw overDepth(at: tag.start) }
        try scan(bytes, content, as: message, levels: levels - 1)
      } else {
        try value(of: field, tag, layout, bytes, &reader)
      }
    }
  }

  /// A sub-message in parts, or a oneof set twice with one, is more than protobuf-c can merge.
  ///
  /// Fields share bits; a bit met twice by two fields only costs a needless rewriting.
  private mutating func noteSingular(_ field: FieldLayout, in seen: inout UInt64) {
    guard !field.isRepeated else { return }
    let bit = UInt64(1) << UInt64((field.oneof.map(Int.init) ?? field.index) % 64)
    if seen & bit != 0 { needsRewriting = true }
    seen |= bit
  }

  private mutating func unknown(
    _ tag: WireReader.Tag, isKnown: Bool, _ bytes: Span<UInt8>, _ reader: inout WireReader,
    _ levels: Int
  ) throws(WireFault) {
    try count(at: tag.start)
    do throws(WireFault) {
      try reader.skipValue(bytes, of: tag, levels: levels)
    } catch {
      guard case .tooDeep = error.reason else { throw error }
      throw overDepth(at: error.offset)
    }
    let isPlain = tag.isCanonical && tag.type != .startGroup && tag.number != FieldNumber.carrier
    if isKnown || !isPlain { needsRewriting = true }
  }

  private mutating func value(
    of field: FieldLayout, _ tag: WireReader.Tag, _ layout: MessageLayout, _ bytes: Span<UInt8>,
    _ reader: inout WireReader
  ) throws(WireFault) {
    guard tag.type == .lengthDelimited else {
      if field.isRepeated { try count(at: tag.start) }
      return try reader.skipValue(bytes, of: tag, levels: 0)
    }
    let content = try reader.lengthDelimited(bytes)
    if field.wireType != .lengthDelimited {
      try packed(content, of: field, layout, bytes)
    } else if field.isRepeated {
      try count(at: tag.start)
    }
    if field.isString, !isUTF8(bytes.extracting(content)) {
      throw WireFault(
        reason: .invalidUTF8(field: "\(layout.name).\(field.name)"), offset: tag.start)
    }
  }

  private func packed(
    _ content: Range<Int>, of field: FieldLayout, _ layout: MessageLayout, _ bytes: Span<UInt8>
  ) throws(WireFault) {
    guard field.wireType == .varint else {
      guard content.count.isMultiple(of: field.wireType == .fixed32 ? 4 : 8) else {
        throw WireFault(
          reason: .malformedPacked(field: "\(layout.name).\(field.name)"),
          offset: content.lowerBound)
      }
      return
    }
    var reader = WireReader(content)
    while !reader.isAtEnd { try reader.varint(bytes) }
  }

  private func isUTF8(_ text: Span<UInt8>) -> Bool {
    (try? UTF8Span(validating: text)) != nil
  }

  private mutating func count(at offset: Int) throws(WireFault) {
    elements += 1
    guard elements <= limits.elements else {
      throw overLimit("elements", limits.elements, at: offset)
    }
  }

  private func overDepth(at offset: Int) -> WireFault {
    overLimit("levels of nesting", limits.depth, at: offset)
  }

  private func overLimit(_ name: String, _ allowed: Int, at offset: Int) -> WireFault {
    WireFault(reason: .overLimit(name: name, allowed: allowed), offset: offset)
  }
}

extension FieldLayout {
  /// A value of that wire type can be the field's; a packed one too, where elements can be packed.
  func accepts(_ type: WireType) -> Bool {
    type == wireType || (type == .lengthDelimited && isRepeated && message == nil)
  }
}
