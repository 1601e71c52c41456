/// What is wrong with encoded bytes, and where.
package struct WireFault: Error {
  package let reason: DecodingError.Reason
  package let offset: Int

  package init(reason: DecodingError.Reason, offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}

/// Steps through encoded fields, one part at a time, never past `end`.
package struct WireReader {
  /// A tag and where it began; `isCanonical` tells whether it took no byte more than it must.
  package struct Tag {
    package let number: UInt32
    package let type: WireType
    package let start: Int
    let isCanonical: Bool
  }

  package static let varintBytesMaximum = 10
  private static let tagBytesMaximum = 5

  package private(set) var position: Int
  let end: Int

  package init(_ range: Range<Int>) {
    position = range.lowerBound
    end = range.upperBound
  }

  package var isAtEnd: Bool { position == end }

  package mutating func tag(_ bytes: Span<UInt8>) throws(WireFault) -> Tag {
    let start = position
    let value = try varint(bytes, maximum: Self.tagBytesMaximum)
    guard let type = WireType(rawValue: UInt8(value & 7)), value >> 3 > 0,
      value >> 3 <= UInt64(FieldNumber.maximum)
    else { throw WireFault(reason: .invalidTag, offset: start) }
    return Tag(
      number: UInt32(value >> 3), type: type, start: start,
      isCanonical: position - start == 1 || bytes[position - 1] != 0)
  }

  /// What a varint has beyond 64 bits is dropped.
  @discardableResult
  package mutating func varint(_ bytes: Span<UInt8>, maximum: Int = varintBytesMaximum)
    throws(WireFault)
    -> UInt64
  {
    let start = position
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
      guard position - start < maximum else { break }
    }
    throw WireFault(
      reason: position == end && position - start < maximum ? .truncated : .malformedVarint,
      offset: start)
  }

  /// The content of a length-delimited field; the position is then behind it.
  package mutating func lengthDelimited(_ bytes: Span<UInt8>) throws(WireFault) -> Range<Int> {
    let start = position
    let length = try varint(bytes, maximum: Self.tagBytesMaximum)
    guard length <= UInt64(end - position) else {
      throw WireFault(reason: .truncated, offset: start)
    }
    let content = position..<(position + Int(length))
    position = content.upperBound
    return content
  }

  package mutating func skip(_ count: Int) throws(WireFault) {
    guard count <= end - position else { throw WireFault(reason: .truncated, offset: position) }
    position += count
  }

  /// Steps over the value behind a tag; a group counts as so many levels as are nested in it.
  package mutating func skipValue(_ bytes: Span<UInt8>, of tag: Tag, levels: Int) throws(WireFault)
  {
    switch tag.type {
    case .varint: try varint(bytes)
    case .fixed64: try skip(8)
    case .fixed32: try skip(4)
    case .lengthDelimited: _ = try lengthDelimited(bytes)
    case .startGroup: try skipGroup(bytes, of: tag, levels: levels)
    case .endGroup: throw WireFault(reason: .unmatchedGroup, offset: tag.start)
    }
  }

  private mutating func skipGroup(_ bytes: Span<UInt8>, of outermost: Tag, levels: Int)
    throws(WireFault)
  {
    var open = [outermost.number]
    while let innermost = open.last {
      guard open.count <= levels else {
        throw WireFault(reason: .tooDeep, offset: outermost.start)
      }
      guard !isAtEnd else { throw WireFault(reason: .unmatchedGroup, offset: outermost.start) }
      let tag = try self.tag(bytes)
      switch tag.type {
      case .startGroup: open.append(tag.number)
      case .endGroup where tag.number == innermost: open.removeLast()
      default: try skipValue(bytes, of: tag, levels: 0)
      }
    }
  }
}
