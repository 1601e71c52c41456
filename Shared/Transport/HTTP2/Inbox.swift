/// What nghttp2's callbacks saw, until the session hands it over. Callbacks only record here:
/// nghttp2 forbids calling back into the session from them.
@safe final class Inbox {
  let limits: HTTP2Limits
  private let isServer: Bool
  private(set) var violation: Violation?
  /// HEADERS or DATA went out.
  var sentCallFrames = false
  /// The bytes being received were of some use.
  var sawSomething = false
  /// What nghttp2 last said in words about the peer's bytes.
  var lastComplaint: String?
  /// Where the bytes being received begin, while they are.
  var input: UnsafePointer<UInt8>?
  var bodies = StreamTable<OutboundBody>()
  /// What waits in all of them.
  private(set) var queuedBytes = 0
  /// What of that is beyond the mark of each stream: large answers.
  private(set) var excessBytes = 0

  private var events: [HTTP2Event] = []
  private var block = HeaderBlock()
  private var continuations = 0
  /// A header block has begun and its last frame is not here yet.
  private(set) var isInHeaderBlock = false
  private(set) var blocksBegun = 0
  private(set) var hasHeardSettings = false
  /// The highest stream the peer opened.
  private(set) var lastPeerStream = StreamID.connection
  private var history = StreamHistory()
  /// The last request of ours that went out, and those behind it that never will.
  private var lastRequestSent = StreamID.connection
  private var withdrawn: Set<StreamID> = []
  /// Nil while nobody tells the time.
  private var floods: FloodGuard?
  /// The GOAWAY that ends the connection is sent.
  var saidGoAway = false

  /// A rule the peer broke that nghttp2 does not see.
  struct Violation: Equatable {
    let code: HTTP2ErrorCode
    let reason: String
    /// Of what it was too much.
    var flood: FloodGuard.Act?
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

  func peerBroke(_ code: HTTP2ErrorCode, _ reason: String, flood: FloodGuard.Act? = nil) {
    guard violation == nil else { return }
    violation = Violation(code: code, reason: reason, flood: flood)
  }

  // MARK: Floods

  /// Floods are watched for from the first time that is told.
  func tell(microseconds now: Int) {
    if floods == nil { floods = FloodGuard(limits.allowances) }
    floods?.advance(toMicroseconds: now)
  }

  func spend(_ act: FloodGuard.Act) {
    guard floods?.spend(act) == false else { return }
    peerBroke(.enhanceYourCalm, act.reason, flood: act)
  }

  /// Bytes were received. What goes to streams that are gone nghttp2 drops unseen, and some of it
  /// may have been on its way; a flood of it is as good as one of unknown frames.
  func bytesReceived() {
    if !sawSomething { spend(.unknownFrame) }
    sawSomething = false
  }

  /// RST_STREAM begins on `stream`.
  func resetBegan(_ stream: StreamID, isOpen: Bool) {
    guard let now = floods?.now else { return }
    switch history.fate(of: stream) {
    case .open:
      if history.age(of: stream, now: now) < FloodGuard.rapid { spend(.rapidReset) }
    case .answered: break
    case .unknown, .resetByUs, .ended: if !isOpen { spend(.lateReset) }
    }
  }

  // MARK: Frames as they begin

  /// A HEADERS frame begins on `stream`; `isOpen` says whether nghttp2 knows the stream as open.
  func headersFrameBegan(_ stream: StreamID, isOpen: @autoclosure () -> Bool) {
    continuations = 0
    isInHeaderBlock = true
    blocksBegun += 1
    guard isServer, stream.rawValue & 1 == 1 else { return }
    if stream > lastPeerStream {
      lastPeerStream = stream
      if let now = floods?.now { history.opened(stream, now: now) }
      floods?.streamOpened()
    } else if !isOpen() {
      switch history.fate(of: stream) {
      case .resetByUs: break
      case .ended: peerBroke(.streamClosed, "HEADERS on stream \(stream), which has ended")
      case .unknown, .open, .answered:
        peerBroke(
          .protocolError,
          "HEADERS on stream \(stream) after stream \(lastPeerStream) was opened")
      }
    }
  }

  /// A server learns that we take no pushes before it sees a request that it could push for.
  /// nghttp2 lets it push until it has acknowledged that, which it need not ever do.
  func pushPromised() {
    guard !isServer else { return spend(.unknownFrame) }
    peerBroke(.protocolError, "PUSH_PROMISE, which this side does not take")
  }

  func continuationBegan(isEmpty: Bool) {
    if isEmpty { spend(.emptyContinuation) }
    continuations += 1
    if continuations > limits.maxContinuations {
      peerBroke(
        .enhanceYourCalm, "more than \(limits.maxContinuations) CONTINUATION frames in a block",
        flood: .endlessHeaders)
    }
  }

  func settingsReceived() { hasHeardSettings = true }

  // MARK: Bodies

  func queue(_ bytes: [UInt8], in body: OutboundBody) {
    let before = body.queuedBytes
    body.append(bytes, limits: limits)
    changed(from: before, to: body.queuedBytes)
  }

  private func changed(from before: Int, to after: Int) {
    let mark = limits.outboundHighWater
    queuedBytes += after - before
    excessBytes += max(0, after - mark) - max(0, before - mark)
  }

  /// Moves what fits of a stream's body.
  func fill(_ output: inout OutputRawSpan, from body: OutboundBody, on stream: StreamID) {
    let before = body.queuedBytes
    if body.fill(&output, limits: limits) { record(.writable(stream)) }
    changed(from: before, to: body.queuedBytes)
  }

  /// The streams that have something to send, and how often this was asked since any of it went.
  func unmovedBodies() -> [(stream: StreamID, times: Int, isLarge: Bool)] {
    var unmoved: [(StreamID, Int, Bool)] = []
    bodies.forEach { stream, body in
      guard body.queuedBytes > 0 else { return }
      unmoved.append((stream, body.askedUnmoved(), body.queuedBytes > limits.outboundHighWater))
    }
    return unmoved
  }

  // MARK: Header blocks

  /// So many times the largest header list is no mistake.
  private static let bomb = 4

  func headersBegan() {
    sawSomething = true
    block = HeaderBlock()
    block.reserve(fields: 16, bytes: 384)
  }

  func header(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
    sawSomething = true
    unsafe block.receive(name: name, value: value, within: limits)
    if block.listBytes > Self.bomb * limits.maxHeaderListBytes {
      peerBroke(
        .enhanceYourCalm,
        "a header list of more than \(Self.bomb * limits.maxHeaderListBytes) bytes",
        flood: .endlessHeaders)
    }
  }

  func headersEnded(_ stream: StreamID, isRequest: Bool) {
    isInHeaderBlock = false
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

  /// The block broke a rule: nothing more of it is told.
  func headersRefused() { isInHeaderBlock = false }

  // MARK: Ends of streams

  func streamClosed(_ stream: StreamID, _ code: HTTP2ErrorCode) {
    if let body = bodies.remove(stream) { changed(from: body.queuedBytes, to: 0) }
    if !withdrawn.isEmpty { withdrawn.remove(stream) }
    history.ended(stream)
    record(.closed(stream, code))
  }

  /// DATA ends the stream. A client has to tell that from headers that do, so it hears of the DATA
  /// even where there is nothing in it.
  func dataEnded(_ stream: StreamID) {
    if !isServer { record(.data(stream, 0..<0)) }
    record(.endOfStream(stream))
  }

  func endOfStreamSent(_ stream: StreamID) {
    if isServer { record(.sentEndOfStream(stream)) }
  }

  func requestSent(_ stream: StreamID) {
    lastRequestSent = stream
    floods?.streamOpened()
  }

  /// A RST_STREAM of ours went out. Most are for what the peer did wrong; a server that has a
  /// client do so loses the call, and the client nothing.
  func resetSent(_ stream: StreamID, _ code: HTTP2ErrorCode) {
    history.resetByUs(stream)
    guard isServer else { return }
    switch code {
    case .noError, .cancel: break
    case .refusedStream: spend(.refusedStream)
    default: spend(.provokedReset)
    }
  }

  /// A request that still waits to be sent is withdrawn; to do so again would send RST_STREAM on a
  /// stream that the peer never saw, and end the connection.
  func mayReset(_ stream: StreamID) -> Bool {
    guard !isServer, stream > lastRequestSent else { return true }
    return withdrawn.insert(stream).inserted
  }

  func wasResetHere(_ stream: StreamID) -> Bool { history.fate(of: stream) == .resetByUs }

  func headersSent(_ stream: StreamID) { history.answered(stream) }
  func dataSent() { floods?.dataFrameSent() }
}
