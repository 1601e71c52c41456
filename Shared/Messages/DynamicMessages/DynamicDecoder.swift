internal import Protobuf

/// Decodes one message of a type of the pool, within limits.
///
/// A value in a dynamic message takes more memory than in a generated one, a packed element most of
/// all; so each of them counts for what it takes.
struct DynamicDecoder {
  private let pool: DescriptorPool
  private let limits: DecodingLimits
  private var elements = 0
  private var memory = 0

  /// What one value takes: its case, its box and its place in a table.
  private static let valueBytes = 64

  init(pool: DescriptorPool, limits: DecodingLimits) {
    self.pool = pool
    self.limits = limits
  }

  /// A singular sub-message and the parts it came in.
  private struct Pending {
    let field: FieldType
    let type: String
    var parts: [Range<Int>]
  }

  mutating func decode(_ bytes: Span<UInt8>, as name: String) throws(DecodingError)
    -> DynamicValue
  {
    do throws(WireFault) {
      guard bytes.count <= limits.bytes else {
        throw overLimit("bytes", limits.bytes, at: limits.bytes)
      }
      return try message(bytes, [0..<bytes.count], as: name, levels: limits.depth)
    } catch {
      throw DecodingError(reason: error.reason, message: name, offset: error.offset)
    }
  }

  private mutating func message(
    _ bytes: Span<UInt8>, _ parts: [Range<Int>], as name: String, levels: Int
  ) throws(WireFault) -> DynamicValue {
    if let type = DescriptorPool.ownForms[name] {
      return .wellKnown(try wellKnown(bytes, parts, type, levels: levels))
    }
    guard let type = pool.message(name) else {
      throw WireFault(reason: .unknownType(name), offset: parts.first?.lowerBound ?? 0)
    }
    return .message(try decode(bytes, parts, type, levels: levels))
  }

  private mutating func decode(
    _ bytes: Span<UInt8>, _ parts: [Range<Int>], _ type: MessageType, levels: Int
  ) throws(WireFault) -> DynamicMessage {
    var message = DynamicMessage(type)
    var pending: [UInt32: Pending] = [:]
    for part in parts {
      var reader = WireReader(part)
      while !reader.isAtEnd {
        let tag = try reader.tag(bytes)
        guard let field = type.field(tag.number), field.accepts(tag.type) else {
          try keepUnknown(tag, bytes, &reader, in: &message, levels)
          continue
        }
        // What is replaced must be well-formed all the same.
        if let held = message.choose(field), let replaced = pending.removeValue(forKey: held) {
          _ = try self.message(bytes, replaced.parts, as: replaced.type, levels: levels - 1)
        }
        guard case .message(let name) = field.kind else {
          try value(of: field, tag, bytes, &reader, in: &message)
          continue
        }
        try count(at: tag.start)
        guard levels > 0 else { throw overLimit("levels of nesting", limits.depth, at: tag.start) }
        let content = try reader.lengthDelimited(bytes)
        if !field.isRepeated {
          pending[tag.number, default: Pending(field: field, type: name, parts: [])]
            .parts.append(content)
        } else if let entry = pool.mapEntry(of: field) {
          try self.entry(bytes, content, field, entry, in: &message, levels: levels - 1)
        } else {
          message.append(
            field, try self.message(bytes, [content], as: name, levels: levels - 1))
        }
      }
    }
    for (_, sub) in pending.sorted(by: { $0.key < $1.key }) {
      message.set(
        sub.field, try self.message(bytes, sub.parts, as: sub.type, levels: levels - 1))
    }
    return message
  }

  /// An entry without key or value has the default of it.
  private mutating func entry(
    _ bytes: Span<UInt8>, _ content: Range<Int>, _ field: FieldType, _ type: MapEntryType,
    in message: inout DynamicMessage, levels: Int
  ) throws(WireFault) {
    guard case .message(let name) = field.kind, let entryType = pool.message(name) else { return }
    let entry = try decode(bytes, [content], entryType, levels: levels)
    var key = type.key.kind.defaultValue
    if case .singular(let given)? = entry.fields[1] { key = given }
    var value = type.value.kind.defaultValue
    if case .singular(let given)? = entry.fields[2] { value = given }
    if value == nil, case .message(let name) = type.value.kind {
      value = try self.message(bytes, [], as: name, levels: levels)
    }
    guard let key = key.flatMap(MapKey.init), let value else { return }
    message.insert(field, type, key, value)
  }

  private mutating func value(
    of field: FieldType, _ tag: WireReader.Tag, _ bytes: Span<UInt8>, _ reader: inout WireReader,
    in message: inout DynamicMessage
  ) throws(WireFault) {
    guard tag.type == field.wireType else {
      let content = try reader.lengthDelimited(bytes)
      return try packed(field, bytes, content, in: &message)
    }
    if field.isRepeated { try count(at: tag.start) }
    let value = try scalar(field, tag.start, bytes, &reader, of: message.type)
    try charge(Self.valueBytes, at: tag.start)
    if field.isRepeated { message.append(field, value) } else { message.set(field, value) }
  }

  private mutating func packed(
    _ field: FieldType, _ bytes: Span<UInt8>, _ content: Range<Int>,
    in message: inout DynamicMessage
  ) throws(WireFault) {
    let length = field.wireType == .fixed32 ? 4 : field.wireType == .fixed64 ? 8 : 1
    guard content.count.isMultiple(of: length) else {
      throw WireFault(
        reason: .malformedPacked(field: "\(message.type.name).\(field.name)"),
        offset: content.lowerBound)
    }
    var reader = WireReader(content)
    while !reader.isAtEnd {
      let start = reader.position
      let value = try scalar(field, start, bytes, &reader, of: message.type)
      try charge(Self.valueBytes, at: start)
      message.append(field, value)
    }
  }

  private func scalar(
    _ field: FieldType, _ start: Int, _ bytes: Span<UInt8>, _ reader: inout WireReader,
    of type: MessageType
  ) throws(WireFault) -> DynamicValue {
    let kind: Scalar
    if case .scalar(let scalar) = field.kind { kind = scalar } else { kind = .int32 }
    guard let value = try kind.read(bytes, &reader) else {
      throw WireFault(reason: .invalidUTF8(field: "\(type.name).\(field.name)"), offset: start)
    }
    return value
  }

  private mutating func keepUnknown(
    _ tag: WireReader.Tag, _ bytes: Span<UInt8>, _ reader: inout WireReader,
    in message: inout DynamicMessage, _ levels: Int
  ) throws(WireFault) {
    try count(at: tag.start)
    do throws(WireFault) {
      try reader.skipValue(bytes, of: tag, levels: levels)
    } catch {
      guard case .tooDeep = error.reason else { throw error }
      throw overLimit("levels of nesting", limits.depth, at: error.offset)
    }
    unsafe bytes.extracting(tag.start..<reader.position).withUnsafeBufferPointer {
      unsafe message.unknownFields.bytes.append(contentsOf: $0)
    }
  }

  /// Left to the generated type, with what is left of the limits.
  private mutating func wellKnown<M: Message>(
    _ bytes: Span<UInt8>, _ parts: [Range<Int>], _: M.Type, levels: Int
  ) throws(WireFault) -> M {
    var content: [UInt8] = []
    for part in parts {
      unsafe bytes.extracting(part).withUnsafeBufferPointer {
        unsafe content.append(contentsOf: $0)
      }
    }
    var rest = limits
    rest.depth = levels
    rest.elements -= elements
    var scanner = WireScanner(rest)
    let start = parts.first?.lowerBound ?? 0
    do {
      try scanner.scan(content.span, as: M.layout)
      elements += scanner.elements
      return try M(decoding: content, limits: rest)
    } catch let fault as WireFault {
      throw limited(WireFault(reason: fault.reason, offset: start + fault.offset))
    } catch let error as DecodingError {
      throw limited(WireFault(reason: error.reason, offset: start + error.offset))
    } catch { throw WireFault(reason: .refused, offset: start) }
  }

  /// A limit is told as it was given, not as what was left of it.
  private func limited(_ fault: WireFault) -> WireFault {
    guard case .overLimit(let name, _) = fault.reason else { return fault }
    switch name {
    case "elements": return overLimit(name, limits.elements, at: fault.offset)
    case "levels of nesting": return overLimit(name, limits.depth, at: fault.offset)
    default: return fault
    }
  }

  private mutating func count(at offset: Int) throws(WireFault) {
    elements += 1
    guard elements <= limits.elements else {
      throw overLimit("elements", limits.elements, at: offset)
    }
  }

  private mutating func charge(_ bytes: Int, at offset: Int) throws(WireFault) {
    memory += bytes
    guard memory <= limits.memory else {
      throw overLimit("bytes of memory", limits.memory, at: offset)
    }
  }

  private func overLimit(_ name: String, _ allowed: Int, at offset: Int) -> WireFault {
    WireFault(reason: .overLimit(name: name, allowed: allowed), offset: offset)
  }
}

extension FieldType.Kind {
  /// Nil for a message.
  fileprivate var defaultValue: DynamicValue? {
    switch self {
    case .scalar(let scalar): scalar.defaultValue
    case .enumeration: .signed(0)
    case .message, .group: nil
    }
  }
}
