import RPC
import Testing

@Suite struct MessageDeframerTests {
  @Test("Messages come out the same however the bytes are cut", arguments: 1...13)
  func cuts(step: Int) throws {
    let messages: [[UInt8]] = [[], [1], Array(repeating: 7, count: 20), [], [9, 9]]
    let bytes = messages.flatMap { MessageFrame(payload: $0).bytes }
    var deframer = MessageDeframer(maxMessageBytes: 20, side: .serverReceive)
    var received: [[UInt8]] = []
    for start in stride(from: 0, to: bytes.count, by: step) {
      let piece = Array(bytes[start..<min(start + step, bytes.count)])
      try deframer.receive(piece.span) { received.append($0.bytes) }
    }
    #expect(received == messages)
    #expect(!deframer.isMidMessage)
  }

  @Test(
    "A message is known to be incomplete from its first byte on",
    arguments: [([0], true), ([0, 0, 0, 0, 1], true), ([0, 0, 0, 0, 0], false)]
      as [([UInt8], Bool)])
  func incomplete(bytes: [UInt8], isMidMessage: Bool) throws {
    var deframer = MessageDeframer(maxMessageBytes: 20, side: .serverReceive)
    try deframer.receive(bytes.span) { _ in }
    #expect(deframer.isMidMessage == isMidMessage)
  }

  @Test("A size over the limit is refused on the prefix, with both sizes, side and setting")
  func tooLarge() throws {
    var deframer = MessageDeframer(maxMessageBytes: 20, side: .serverReceive)
    let error = #expect(throws: RPCError.self) {
      try deframer.receive(([0, 0, 0, 0, 21] as [UInt8]).span) { _ in }
    }
    #expect(error?.code == .resourceExhausted)
    for part in ["21", "20", "server", "max-receive-message-bytes"] {
      #expect(error?.message.contains(part) == true, "\(part)")
    }
  }

  @Test("A flag other than 0 and 1 is refused", arguments: [2, 3, 128, 255] as [UInt8])
  func flags(flag: UInt8) {
    var deframer = MessageDeframer(maxMessageBytes: 20, side: .serverReceive)
    #expect(throws: RPCError.self) { try deframer.receive([flag].span) { _ in } }
  }

  @Test("A compressed message is inflated up to the limit, and needs its encoding announced")
  func inflating() throws {
    let squeezed = try InboundMessage.compressed(Gzip.compress([UInt8](repeating: 5, count: 1000)))
    #expect(try squeezed.inflated(.gzip, limit: 1000, .clientReceive).count == 1000)
    let tooLarge = #expect(throws: RPCError.self) {
      try squeezed.inflated(.gzip, limit: 999, .clientReceive)
    }
    #expect(tooLarge?.code == .resourceExhausted)
    let unannounced = #expect(throws: RPCError.self) {
      try squeezed.inflated(.identity, limit: 1000, .clientReceive)
    }
    #expect(unannounced?.code == .internal)
    let garbage = #expect(throws: RPCError.self) {
      try InboundMessage.compressed([1, 2, 3]).inflated(.gzip, limit: 10, .clientReceive)
    }
    #expect(garbage?.code == .internal)
  }
}

extension InboundMessage {
  /// As the wire would bring it.
  fileprivate static func compressed(_ bytes: [UInt8]) throws -> InboundMessage {
    var deframer = MessageDeframer(maxMessageBytes: bytes.count, side: .clientReceive)
    var messages: [InboundMessage] = []
    try deframer.receive(MessageFrame(payload: bytes, compressed: true).bytes.span) {
      messages.append($0)
    }
    return messages[0]
  }
}
