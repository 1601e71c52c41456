internal import DynamicMessages
internal import Protobuf
internal import TestMessages
internal import WellKnown

/// Encoded messages: decoding is bounded, stable, and the same by generated and by dynamic types.
enum ProtobufMessages {
  typealias Everything = TestingV1.Everything

  static let registry = MessageRegistry(TestMessagesRegistry.messages)
  static let types: [any Message.Type] = [
    Everything.self, GoogleProtobuf.Value.self, GoogleRPC.Status.self, GoogleProtobuf.Struct.self,
  ]
  static let pool: DescriptorPool = {
    var pool = DescriptorPool()
    for file in TestMessagesRegistry.files + WellKnownRegistry.files { try? pool.add(file.bytes) }
    return pool
  }()

  /// What encoding may make of a byte: a negative int32 in five bytes takes ten, an empty entry of
  /// a map gets its key and its value.
  private static let growth = 4
  private static let small = DecodingLimits(bytes: 2048, depth: 6, elements: 24, memory: 8192)

  static func check(_ bytes: [UInt8]) throws(Finding) {
    var input = FuzzInput(bytes)
    let type = types[input.choice(types.count)]
    try check(type, input.remainder())
  }

  private static func check<M: Message>(_: M.Type, _ bytes: [UInt8]) throws(Finding) {
    let message: M
    do throws(DecodingError) {
      message = try M(decoding: bytes)
    } catch {
      try expect(error.offset <= bytes.count, "a fault behind the end")
      try expect((try? M(decoding: bytes, limits: small)) == nil, "small limits take more")
      return try checkDynamic(M.self, bytes, nil)
    }
    let encoded = message.encoded()
    try expect(
      encoded.count <= growth * bytes.count, "\(bytes.count) bytes became \(encoded.count)")
    guard let again = try? M(decoding: encoded) else { throw Finding("written and not read") }
    try expect(again.encoded() == encoded, "decoding and encoding again gives other bytes")
    try checkLimits(message, bytes, encoded)
    try checkDynamic(M.self, bytes, message)
  }

  private static func checkLimits<M: Message>(_ message: M, _ bytes: [UInt8], _ encoded: [UInt8])
    throws(Finding)
  {
    do throws(DecodingError) {
      let bounded = try M(decoding: bytes, limits: small)
      try? expect(bytes.count <= small.bytes, "more bytes than allowed")
      guard bounded.encoded() == encoded else { throw overLimit(M.self) }
    } catch {
      guard case .overLimit = error.reason else {
        throw Finding("small limits find another fault: \(error)")
      }
    }
  }

  /// Stands for "read otherwise", which is no fault of the limits.
  private static func overLimit<M: Message>(_: M.Type) -> DecodingError {
    DecodingError(reason: .refused, message: M.messageName, offset: 0)
  }

  private static func checkDynamic<M: Message>(_: M.Type, _ bytes: [UInt8], _ message: M?)
    throws(Finding)
  {
    let options = JSONEncodingOptions(registry: registry)
    let json = try? message?.jsonString(options)
    let dynamic = try? pool.json(bytes, as: M.messageName, options).text
    try expect(json ?? nil == dynamic, "generated and dynamic types read it otherwise")
  }
}

/// The JSON form of messages.
enum ProtobufJSON {
  static func check(_ bytes: [UInt8]) throws(Finding) {
    var input = FuzzInput(bytes)
    let type = ProtobufMessages.types[input.choice(ProtobufMessages.types.count)]
    try check(type, input.remainder())
  }

  private static func check<M: Message>(_: M.Type, _ text: [UInt8]) throws(Finding) {
    let reading = JSONDecodingOptions(registry: ProtobufMessages.registry)
    let writing = JSONEncodingOptions(registry: ProtobufMessages.registry)
    let message = try? M(json: text, reading)
    let encoded = message?.encoded()
    try expect(encoded == dynamic(M.self, text), "generated and dynamic types read it otherwise")
    guard let message else { return }
    guard let written = try? message.jsonString(writing) else {
      throw Finding("read from JSON, and cannot be written in it")
    }
    guard let again = try? M(json: written, reading) else {
      throw Finding("written and not read: \(written)")
    }
    try expect(again.encoded() == encoded, "another message after \(written)")
    try expect((try? again.jsonString(writing)) == written, "other JSON of the same message")
  }

  private static func dynamic<M: Message>(_: M.Type, _ text: [UInt8]) -> [UInt8]? {
    let options = JSONDecodingOptions(registry: ProtobufMessages.registry)
    var parser = JSONParser(options.limits)
    guard let json = try? parser.parse(text.span) else { return nil }
    return try? ProtobufMessages.pool.encode(json, as: M.messageName, options)
  }
}
