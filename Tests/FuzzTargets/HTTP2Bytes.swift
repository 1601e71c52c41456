internal import HTTP2

/// What an HTTP/2 session is fed: raw bytes, or frames in a short form of which most changes give
/// frames again.
struct HTTP2Bytes {
  let bytes: [UInt8]
  /// How many bytes are given at once.
  let step: Int
  /// The owner of the session answers, reads and refuses.
  let isAnswered: Bool
  /// How often the peer may do each thing that only costs work; nil where nobody watches.
  let patience: Int?

  /// The short form takes lengths of one byte, or of two behind this mark.
  private static let longMark = 255
  private static let greeting = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  init(_ input: [UInt8], from role: HTTP2Session.Role) {
    var input = FuzzInput(input)
    let choice = input.byte()
    isAnswered = choice & 2 != 0
    step = [1, 3, 9, 10, 17, 64, 333, 1024][Int(choice >> 2 & 7)]
    patience = [nil, 0, 1, 2, 4, 8, 32, .max][Int(choice >> 5)]
    guard choice & 1 == 1 else {
      bytes = input.remainder()
      return
    }
    var frames = role == .client ? Self.greeting : []
    frames += Self.frame(type: 4, flags: 0, stream: 0, [])
    while !input.isEmpty {
      let (type, flags, stream) = (input.byte(), input.byte(), input.byte())
      var length = Int(input.byte())
      if length == Self.longMark { length = Int(input.byte()) << 8 | Int(input.byte()) }
      frames += Self.frame(type: type, flags: flags, stream: stream, input.bytes(length))
    }
    bytes = frames
  }

  private static func frame(type: UInt8, flags: UInt8, stream: UInt8, _ payload: [UInt8]) -> [UInt8]
  {
    let length = payload.count
    return [
      UInt8(truncatingIfNeeded: length >> 16), UInt8(truncatingIfNeeded: length >> 8),
      UInt8(truncatingIfNeeded: length), type, flags, 0, 0, 0, stream,
    ] + payload
  }
}

/// What a session said happened, with bodies in place of where they lay.
enum SeenEvent: Equatable {
  case headers(StreamID, HeaderBlock, HeadersKind)
  case data(StreamID, [UInt8])
  case endOfStream(StreamID)
  case closed(StreamID, HTTP2ErrorCode)
  case goAway(StreamID, HTTP2ErrorCode, String)
  case other(String)

  init(_ event: HTTP2Event, of bytes: [UInt8]) {
    switch event {
    case .headers(let stream, let block, let kind): self = .headers(stream, block, kind)
    case .data(let stream, let range): self = .data(stream, Array(bytes[range]))
    case .endOfStream(let stream): self = .endOfStream(stream)
    case .closed(let stream, let code): self = .closed(stream, code)
    case .goAway(let last, let code, let reason): self = .goAway(last, code, reason)
    default: self = .other("\(event)")
    }
  }
}

extension [SeenEvent] {
  /// Bytes of one body behind one another count as one event, in however many parts they came.
  mutating func add(_ event: SeenEvent) {
    if case .data(let stream, let more) = event, case .data(stream, let bytes)? = last {
      self[count - 1] = .data(stream, bytes + more)
    } else {
      append(event)
    }
  }

  /// Whether these are the first of the others; the last body may be part of its other.
  func begin(_ others: [SeenEvent]) -> Bool {
    guard case .data(let stream, let bytes)? = last, count <= others.count,
      case .data(stream, let whole) = others[count - 1]
    else { return others.starts(with: self) }
    return others.starts(with: dropLast()) && whole.starts(with: bytes)
  }
}

extension HTTP2Session {
  /// All that it has to say now.
  mutating func takeOutput() -> [UInt8] {
    var bytes: [UInt8] = []
    while nextOutput({ span in for index in span.indices { bytes.append(span[index]) } }) {}
    return bytes
  }
}
