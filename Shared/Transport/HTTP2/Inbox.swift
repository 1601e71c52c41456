/// What nghttp2's callbacks saw, until the session hands it over. Callbacks only record here:
/// nghttp2 forbids calling back into the session from them.
@safe final class Inbox {
  let limits: HTTP2Limits
  private let isServer: Bool
  private(set) var violation: Violation?
  /// HEADERS or DATA went out.
  var sentCallFrames = false
  /// What nghttp2 last said in words about the peer's bytes.
  var lastComplaint: String?
  /// Where the bytes being received begin, while they are.
  var input: UnsafePointer<UInt8>?
  var bodies = StreamTable<OutboundBody>()

  private var events: [HTTP2Event] = []
  private var block = HeaderBlock()
  private var continuations = 0
  /// The highest stream the peer opened.
  private(set) var lastPeerStream = StreamID.connection
  private var closed = ClosedStreams()

  /// A rule the peer broke that nghttp2 does not see.
  struct Violation: Equatable {
    let code: HTTP2ErrorCode
    let reason: String
  }

  init(isServer: Bool, limits: HTTP2Limits) {
    self.isServer = isServer
    self.limits = limits
  }

  func takeEvents() -> [HTTP2Event] {
    guard !events.isEmpty else { return [] }
    let taken = events
    events.removeAll(keepingCapacity: true)
    return taken
  }

  func record(_ event: HTTP2Event) {
    guard violation == nil else { return }
    events.append(event)
  }

  func peerBroke(_ code: HTTP2ErrorCode, _ reason: String) {
    guard violation == nil else { return }
    violation = Violation(code: code, reason: reason)
  }

  // MARK: Frames as they begin

  /// A HEADERS frame begins on `stream`; `isOpen` says whether nghttp2 knows the stream as open.
  func headersFrameBegan(_ stream: StreamID, isOpen: Bool) {
    continuations = 0
    guard isServer, stream.rawValue & 1 == 1 else { return }
    if stream > lastPeerStream {
      lastPeerStream = stream
    } else if !isOpen {
      switch closed.fate(of: stream) {
      case .resetByUs: break
      case .ended: peerBroke(.streamClosed, "HEADERS on stream \(stream), which has ended")
      case .unknown:
        peerBroke(
          .protocolError,
          "HEADERS on stream \(stream) after stream \(lastPeerStream) was opened")
      }
    }
  }

  func continuationBegan() {
    continuations += 1
    if continuations > limits.maxContinuations {
      peerBroke(
        .enhanceYourCalm, "more than \(limits.maxContinuations) CONTINUATION frames in a block")
    }
  }

  // MARK: Header blocks

  func headersBegan() {
    block = HeaderBlock()
    block.reserve(fields: 16, bytes: 384)
  }

  func header(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
    unsafe block.receive(name: name, value: value, within: limits)
  }

  func headersEnded(_ stream: StreamID, isRequest: Bool) {
    let kind: HeadersKind =
      if isRequest {
        .request
      } else if block.count > 0, block.isNamed(":status", 0) {
        block.value(0).first == UInt8(ascii: "1") ? .informational : .response
      } else {
        .trailers
      }
    record(.headers(stream, block, kind))
    block = HeaderBlock()
  }

  // MARK: Ends of streams

  func streamClosed(_ stream: StreamID, _ code: HTTP2ErrorCode) {
    bodies.remove(stream)
    closed.ended(stream)
    record(.closed(stream, code))
  }

  func endOfStreamSent(_ stream: StreamID, isRemoteOpen: Bool) {
    if isServer, isRemoteOpen { record(.sentEndOfStream(stream)) }
  }

  func resetSent(_ stream: StreamID) {
    closed.resetByUs(stream)
  }

  func wasResetHere(_ stream: StreamID) -> Bool { closed.fate(of: stream) == .resetByUs }
}

/// How recently closed streams ended, as far back as `capacity` stream numbers.
///
/// What a peer may still send on a stream depends on it: after our reset, whatever was on its way
/// (RFC 9113, section 5.1); after a regular end, nothing.
struct ClosedStreams {
  enum Fate { case resetByUs, ended, unknown }

  private static let capacity = 256
  private var ids: [Int32] = Array(repeating: 0, count: capacity)
  private var wereReset: [Bool] = Array(repeating: false, count: capacity)

  func fate(of stream: StreamID) -> Fate {
    let slot = slot(stream)
    guard ids[slot] == stream.rawValue else { return .unknown }
    return wereReset[slot] ? .resetByUs : .ended
  }

  mutating func resetByUs(_ stream: StreamID) {
    ids[slot(stream)] = stream.rawValue
    wereReset[slot(stream)] = true
  }

  mutating func ended(_ stream: StreamID) {
    guard ids[slot(stream)] != stream.rawValue else { return }
    ids[slot(stream)] = stream.rawValue
    wereReset[slot(stream)] = false
  }

  private func slot(_ stream: StreamID) -> Int {
    Int(stream.rawValue >> 1) & (Self.capacity - 1)
  }
}
