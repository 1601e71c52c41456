/// A message as it came, before inflating.
package struct InboundMessage: Sendable, Hashable {
  package let isCompressed: Bool
  package let bytes: [UInt8]

  package init(isCompressed: Bool, bytes: [UInt8]) {
    self.isCompressed = isCompressed
    self.bytes = bytes
  }
}

/// Cuts a stream of bytes into messages (PROTOCOL-HTTP2, "Length-Prefixed-Message").
package struct MessageDeframer: Sendable {
  private let maxMessageBytes: Int
  private let side: LimitSide
  private var prefix: (flag: UInt8, length: UInt32, seen: Int) = (0, 0, 0)
  private var payload: [UInt8] = []

  /// Reserved ahead of the bytes at most: a prefix alone must not make us allocate.
  private static let maxReserve = 64 * 1024

  package init(maxMessageBytes: Int, side: LimitSide) {
    self.maxMessageBytes = maxMessageBytes
    self.side = side
  }

  /// A message has begun and is not whole yet.
  package var isMidMessage: Bool { prefix.seen > 0 }

  /// What is kept of a message that is not whole yet.
  package var partialBytes: Int { payload.count }

  /// Forgets the message that has begun.
  package mutating func discard() {
    prefix = (0, 0, 0)
    payload = []
  }

  /// Adds bytes and hands over each message that is whole by them, `limit` of them at most.
  /// Returns how many bytes it has taken.
  @discardableResult
  package mutating func receive(
    _ bytes: Span<UInt8>, atMost limit: Int = .max, _ deliver: (InboundMessage) -> Void
  ) throws(RPCError) -> Int {
    var (offset, delivered) = (0, 0)
    while offset < bytes.count, delivered < limit {
      if prefix.seen < MessageFrame.prefixCount {
        try readPrefix(bytes[offset])
        offset += 1
      } else {
        let count = min(bytes.count - offset, Int(prefix.length) - payload.count)
        payload.append(copying: bytes.extracting(offset..<offset + count))
        offset += count
      }
      if prefix.seen == MessageFrame.prefixCount, payload.count == Int(prefix.length) {
        let whole = InboundMessage(isCompressed: prefix.flag == 1, bytes: payload)
        discard()
        deliver(whole)
        delivered += 1
      }
    }
    return offset
  }

  private mutating func readPrefix(_ byte: UInt8) throws(RPCError) {
    if prefix.seen == 0 {
      guard byte <= 1 else {
        throw .malformedMessage("a message begins with flag \(byte); only 0 and 1 are known")
      }
      prefix.flag = byte
    } else {
      prefix.length = prefix.length << 8 | UInt32(byte)
    }
    prefix.seen += 1
    guard prefix.seen == MessageFrame.prefixCount else { return }
    guard Int(prefix.length) <= maxMessageBytes else {
      throw .messageTooLarge(Int(prefix.length), limit: maxMessageBytes, side)
    }
    payload.reserveCapacity(min(Int(prefix.length), Self.maxReserve))
  }
}

/// Whose limit a message passed, and by which setting it can be raised.
package enum LimitSide: String, Sendable, Hashable {
  case serverReceive = "the server's limit (max-receive-message-bytes)"
  case serverSend = "the server's limit (max-send-message-bytes)"
  case clientReceive = "the client's limit (maxReceiveMessageBytes)"
  case clientSend = "the client's limit (maxSendMessageBytes)"
}

extension RPCError {
  /// INTERNAL, with MALFORMED_MESSAGE as the reason.
  package static func malformedMessage(_ what: String) -> RPCError {
    RPCError(.internal, what).reason("MALFORMED_MESSAGE")
  }

  /// Names both sizes, the side and the setting, so that nobody has to guess which to raise.
  package static func messageTooLarge(_ count: Int, limit: Int, _ side: LimitSide) -> RPCError {
    RPCError(
      .resourceExhausted, "a message of \(count) bytes is larger than \(side.rawValue) of \(limit)"
    ).reason("MESSAGE_TOO_LARGE")
  }

  /// The same for a compressed message, whose whole size is not known when it is refused.
  package static func inflatedTooLarge(limit: Int, _ side: LimitSide) -> RPCError {
    RPCError(
      .resourceExhausted,
      "a compressed message is larger, inflated, than \(side.rawValue) of \(limit)"
    ).reason("MESSAGE_TOO_LARGE")
  }
}

extension InboundMessage {
  /// Throws when the message is flagged as compressed and the peer did not say how.
  package func checkFlag(_ encoding: Compression) throws(RPCError) {
    guard isCompressed, encoding == .identity else { return }
    throw .malformedMessage("a message is flagged as compressed but no grpc-encoding was sent")
  }

  /// The message's own bytes. `encoding` is what the peer's `grpc-encoding` said.
  package func inflated(_ encoding: Compression, limit: Int, _ side: LimitSide) throws(RPCError)
    -> [UInt8]
  {
    guard isCompressed else { return bytes }
    try checkFlag(encoding)
    do throws(Gzip.Failure) {
      return try Gzip.decompress(bytes, limit: limit)
    } catch {
      switch error {
      case .overLimit: throw .inflatedTooLarge(limit: limit, side)
      case .malformed: throw .malformedMessage("a compressed message is not whole gzip")
      }
    }
  }
}

extension [UInt8] {
  /// Appends a span's bytes.
  package mutating func append(copying bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}
