/// A protobuf message as a Swift value: what generated types conform to.
///
/// Unknown fields are kept through decoding and encoding and count for equality.
package protocol Message: Hashable, Sendable {
  /// Full name, `google.rpc.Status`.
  static var messageName: String { get }
  static var layout: MessageLayout { get }

  var unknownFields: UnknownFields { get set }

  /// The message with every field at its default.
  init()
  /// Reads what protobuf-c unpacked by this type's `layout`.
  init(_ parsed: ParsedMessage)
  /// Writes the fields in falling order of their numbers, as `MessageWriter` wants them.
  func encode(into writer: inout MessageWriter)

  /// The proto3 JSON form.
  func jsonValue(_ options: JSONEncodingOptions) throws(JSONError) -> JSONValue
  init(jsonValue: JSONValue, _ options: JSONDecodingOptions) throws(JSONError)
  /// JSON `null` is a value of this type rather than its absence: `google.protobuf.Value`.
  static var acceptsJSONNull: Bool { get }
  /// The JSON form is not an object of the fields: inside an `Any` it stands under "value".
  static var hasOwnJSONForm: Bool { get }
}

extension Message {
  package static var acceptsJSONNull: Bool { false }
  package static var hasOwnJSONForm: Bool { false }

  /// The encoded message behind `prefixCount` zero bytes. Fields stand in the order of their
  /// numbers and maps in that of their keys, so equal messages give equal bytes.
  package func encoded(reserving prefixCount: Int = 0) -> [UInt8] {
    var writer = MessageWriter()
    encode(into: &writer)
    return writer.bytes(reserving: prefixCount)
  }

  /// Decodes a whole message; past a limit or at the first malformed field it is refused.
  package init(decoding bytes: Span<UInt8>, limits: DecodingLimits = .standard)
    throws(DecodingError)
  {
    var scanner = WireScanner(limits)
    var rewriter = WireRewriter()
    do throws(WireFault) {
      try scanner.scan(bytes, as: Self.layout)
      if scanner.needsRewriting {
        try rewriter.rewrite(bytes, [0..<bytes.count], as: Self.layout)
      }
    } catch {
      throw DecodingError(reason: error.reason, message: Self.messageName, offset: error.offset)
    }
    let arena = Arena(memory: limits.memory)
    if scanner.needsRewriting {
      self = try Self.read(rewriter.output.span, into: arena, limits)
    } else {
      self = try Self.read(bytes, into: arena, limits)
    }
  }

  package init(decoding bytes: [UInt8], limits: DecodingLimits = .standard) throws(DecodingError) {
    try self.init(decoding: bytes.span, limits: limits)
  }

  private static func read(
    _ bytes: Span<UInt8>, into arena: borrowing Arena, _ limits: DecodingLimits
  ) throws(DecodingError) -> Self {
    guard let parsed = arena.unpack(bytes, as: layout) else {
      throw DecodingError(
        reason: arena.isExhausted
          ? .overLimit(name: "bytes of memory", allowed: limits.memory) : .refused,
        message: messageName, offset: bytes.count)
    }
    return Self(parsed)
  }
}
