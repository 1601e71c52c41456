internal import RPC

/// Messages cut out of a stream (`MessageDeframer`), and inflated.
enum Framing {
  private static let maxMessageBytes = 4096
  private static let maxInflatedBytes = 16 * 1024

  private struct Outcome: Equatable {
    var messages: [InboundMessage] = []
    var error: RPCError?
    var isMidMessage = false
  }

  static func check(_ bytes: [UInt8]) throws(Finding) {
    var input = FuzzInput(bytes)
    let step = input.choice(32) + 1
    let stream = input.remainder()
    let whole = outcome([stream])
    try expect(whole == outcome(stream.parts(of: step)), "parts of \(step) bytes give others")

    let framed = whole.messages.flatMap { MessageFrame($0).bytes }
    try expect(stream.starts(with: framed), "messages are not what was framed")
    if whole.error == nil, !whole.isMidMessage {
      try expect(framed.count == stream.count, "bytes are lost between messages")
    }
    for message in whole.messages { try check(message) }
  }

  private static func outcome(_ parts: [[UInt8]]) -> Outcome {
    var deframer = MessageDeframer(maxMessageBytes: maxMessageBytes, side: .serverReceive)
    var outcome = Outcome()
    do throws(RPCError) {
      for part in parts { try deframer.receive(part.span) { outcome.messages.append($0) } }
      outcome.isMidMessage = deframer.isMidMessage
    } catch { outcome.error = error }
    return outcome
  }

  private static func check(_ message: InboundMessage) throws(Finding) {
    try expect(message.bytes.count <= maxMessageBytes, "a message over the limit was delivered")
    let inflated = try? message.inflated(.gzip, limit: maxInflatedBytes, .serverReceive)
    try expect(inflated?.count ?? 0 <= maxInflatedBytes, "a message was inflated over the limit")
    let plain = try? message.inflated(.identity, limit: maxInflatedBytes, .serverReceive)
    try expect(
      plain == (message.isCompressed ? nil : message.bytes), "identity changed a message")
  }
}

/// gzip that others made, and ours.
enum GzipStreams {
  private static let limit = 64 * 1024

  static func check(_ bytes: [UInt8]) throws(Finding) {
    if let inflated = try? Gzip.decompress(bytes, limit: limit) {
      try expect(inflated.count <= limit, "inflated over the limit")
      try expect(
        (try? Gzip.decompress(bytes, limit: inflated.count)) == inflated, "an exact limit refuses")
      if !inflated.isEmpty {
        try expect(
          failure(of: bytes, limit: inflated.count - 1) == .overLimit, "a limit does not hold")
      }
    }
    let deflated = Gzip.compress(bytes)
    try expect((try? Gzip.decompress(deflated, limit: bytes.count)) == bytes, "not what went in")
    try expect(
      failure(of: deflated.dropLast(), limit: bytes.count) == .malformed, "half a stream is taken")
  }

  private static func failure(of bytes: some Collection<UInt8>, limit: Int) -> Gzip.Failure? {
    do throws(Gzip.Failure) {
      _ = try Gzip.decompress(bytes, limit: limit)
      return nil
    } catch { return error }
  }
}
