internal import CNghttp2

/// One end of an HTTP/2 connection: bytes in, events out; headers and bodies in, bytes out.
///
/// Owns the `nghttp2_session`. nghttp2 wants one thread at a time and forbids calling back into
/// the session from its callbacks, so the type is noncopyable (one owner, one isolation) and the
/// callbacks only append to the inbox that `receive` and `takeEvents` return from.
@safe package struct HTTP2Session: ~Copyable {
  package enum Role: Sendable { case client, server }

  private let session: OpaquePointer
  private let inbox: Inbox
  /// GOAWAY with an error is on its way: nothing more is read.
  private var isTerminating = false
  /// nghttp2 gave up: it may only be freed. What is left to say was written by hand.
  private var hasFailed = false
  private var lastWords: [UInt8]?
  private var hasGreeted = false
  /// What the last GOAWAY said, sent or not: nghttp2 remembers it only once it is sent.
  private var lastTaken = StreamID(.max)

  package init(_ role: Role, limits: HTTP2Limits = HTTP2Limits()) throws(HTTP2Error) {
    let inbox = Inbox(isServer: role == .server, limits: limits)
    unsafe session = try Self.makeSession(role, inbox)
    self.inbox = inbox
  }

  deinit {
    unsafe nghttp2_session_del(session)
  }

  // MARK: Bytes

  /// Feeds bytes from the peer and returns what they meant. Ranges in `.data` are into `bytes`.
  ///
  /// A peer that breaks the protocol hears a GOAWAY: flush, and close once `isFinished`.
  package mutating func receive(_ bytes: Span<UInt8>) -> [HTTP2Event] {
    guard !isTerminating, !hasFailed else { return [] }
    let (session, inbox) = unsafe (session, inbox)
    let result = unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe inbox.input = bytes.baseAddress
      return unsafe nghttp2_session_mem_recv(session, bytes.baseAddress, bytes.count)
    }
    unsafe inbox.input = nil
    inbox.bytesReceived()
    if result < 0 { fail(Int32(result)) }
    answerViolation()
    return inbox.takeEvents()
  }

  /// Lends the next bytes for the peer to `write`; returns false when there are none.
  package mutating func nextOutput(_ write: (Span<UInt8>) -> Void) -> Bool {
    if let words = lastWords.take() {
      write(words.span)
      return true
    }
    guard !hasFailed, !inbox.saidGoAway else { return false }
    var start: UnsafePointer<UInt8>?
    let count = unsafe nghttp2_session_mem_send(session, &start)
    if count < 0 {
      fail(Int32(count))
      return nextOutput(write)
    }
    answerViolation()
    guard count > 0, let start = unsafe start else { return false }
    let output = unsafe UnsafeBufferPointer(start: start, count: count)
    if hasGreeted {
      write(unsafe output.span)
    } else {
      hasGreeted = true
      write(Greeting.announcing(inbox.limits, in: unsafe Array(output)).span)
    }
    return true
  }

  private mutating func answerViolation() {
    guard let violation = inbox.violation else { return }
    terminate(violation.code, reason: violation.reason)
  }

  /// Tells the time, which the session cannot know by itself: from then on it watches for floods.
  package mutating func tell(_ now: Duration) {
    let (seconds, attoseconds) = now.components
    inbox.tell(microseconds: Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000))
  }

  /// What sending made happen: streams that closed, queues that drained.
  package mutating func takeEvents() -> [HTTP2Event] { inbox.takeEvents() }

  /// Everything is said and done: the connection should be closed once its output is flushed.
  package var isFinished: Bool {
    if hasFailed { return lastWords == nil }
    if inbox.saidGoAway { return true }
    return unsafe nghttp2_session_want_write(session) == 0
      && (isTerminating || nghttp2_session_want_read(session) == 0)
  }

  /// The peer broke a rule or a limit: what is left is to tell it.
  package var isEnding: Bool { isTerminating || hasFailed || inbox.saidGoAway }

  /// It ends because of what the peer did, and not in peace.
  package var isFaulty: Bool { hasFailed || inbox.violation != nil || inbox.saidGoAway }

  package var hasOutput: Bool {
    hasFailed ? lastWords != nil : unsafe nghttp2_session_want_write(session) != 0
  }

  /// Frames that wait to be sent.
  package var queuedFrames: Int {
    hasFailed ? 0 : unsafe nghttp2_session_get_outbound_queue_size(session)
  }

  /// Whether HEADERS or DATA went out since this was last asked.
  package mutating func takeSentCallFrames() -> Bool {
    defer { inbox.sentCallFrames = false }
    return inbox.sentCallFrames
  }

  /// After a fatal error nghttp2 may only be freed, so the GOAWAY is written here.
  private mutating func fail(_ error: Int32) {
    hasFailed = true
    let reason = complaint ?? Self.describe(error)
    inbox.lastComplaint = reason
    let code = inbox.violation?.code ?? Self.errorCode(of: error)
    lastWords = Greeting.goAway(code, reason, last: inbox.lastPeerStream)
  }

  // MARK: Streams

  /// Opens a stream with a request. Its body is what `write` adds, until `finish`.
  package mutating func submitRequest(_ headers: HeaderBlock, endStream: Bool)
    throws(HTTP2Error) -> StreamID
  {
    guard !hasFailed else { throw .noMoreStreams }
    let body = endStream ? nil : OutboundBody()
    let session = unsafe session
    let result = unsafe headers.withFields { fields, count in
      unsafe Self.withProvider(body) {
        unsafe nghttp2_submit_request(session, nil, fields, count, $0, nil)
      }
    }
    guard result >= 0 else { throw .noMoreStreams }
    if let body { inbox.bodies.insert(body, for: StreamID(result)) }
    return StreamID(result)
  }

  /// Answers a request. The body is what `write` adds, until `finish`; with `endStream` there is
  /// none.
  package mutating func submitResponse(
    _ headers: HeaderBlock, on stream: StreamID, endStream: Bool
  ) throws(HTTP2Error) {
    guard !hasFailed else { throw .streamUnavailable(stream) }
    let body = endStream ? nil : OutboundBody()
    let session = unsafe session
    let result = unsafe headers.withFields { fields, count in
      unsafe Self.withProvider(body) {
        unsafe nghttp2_submit_response(session, stream.rawValue, fields, count, $0)
      }
    }
    guard result == 0 else { throw .streamUnavailable(stream) }
    if let body { inbox.bodies.insert(body, for: stream) }
  }

  /// Queues bytes of the body. Look at `queuedBytes` before the next: the queue has no end.
  package mutating func write(_ bytes: [UInt8], on stream: StreamID) throws(HTTP2Error) {
    guard let body = inbox.bodies[stream] else { throw .streamUnavailable(stream) }
    inbox.queue(bytes, in: body)
    resume(body, stream)
  }

  /// Ends the body, with trailers when there are some.
  package mutating func finish(_ stream: StreamID, trailers: HeaderBlock? = nil)
    throws(HTTP2Error)
  {
    guard let body = inbox.bodies[stream] else { throw .streamUnavailable(stream) }
    body.finish(trailers: trailers)
    resume(body, stream)
  }

  /// Whether a writer should wait for `.writable` before it writes more.
  package func isCrowded(_ stream: StreamID) -> Bool { inbox.bodies[stream]?.isCrowded ?? false }

  /// Body bytes that wait on all streams together.
  package var queuedBytes: Int { inbox.queuedBytes }

  /// What of that is beyond `outboundHighWater` of its stream.
  package var excessBytes: Int { inbox.excessBytes }

  /// To be asked at regular times: the streams of whose queues nothing went out between so many
  /// questions; `whenShut` for those with large answers that the peer keeps back by their own
  /// window.
  package mutating func stalledStreams(after questions: Int, whenShut: Int) -> [StreamID] {
    guard !hasFailed else { return [] }
    let session = unsafe session
    return inbox.unmovedBodies().compactMap { stream, times, isLarge in
      let isShut =
        unsafe isLarge
        && nghttp2_session_get_stream_remote_window_size(session, stream.rawValue) <= 0
      return times > (isShut ? whenShut : questions) ? stream : nil
    }
  }

  package mutating func reset(_ stream: StreamID, _ code: HTTP2ErrorCode) {
    guard !hasFailed, inbox.mayReset(stream) else { return }
    _ = unsafe nghttp2_submit_rst_stream(
      session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.rawValue, code.rawValue)
  }

  /// Whether a stream that closed lately was reset from this side, by us or for the peer's fault.
  package func wasResetHere(_ stream: StreamID) -> Bool { inbox.wasResetHere(stream) }

  /// The reader took bytes: opens the stream's window again by as much.
  package mutating func consume(_ count: Int, on stream: StreamID) {
    guard !hasFailed else { return }
    _ = unsafe nghttp2_session_consume_stream(session, stream.rawValue, count)
  }

  /// Opens the connection's window by what arrived, whichever stream it was for: streams hold back
  /// each by their own window, so that one slow reader does not stop the others.
  package mutating func consumeConnection(_ count: Int) {
    guard !hasFailed else { return }
    _ = unsafe nghttp2_session_consume_connection(session, count)
  }

  // MARK: The connection

  package mutating func ping(_ opaque: UInt64) {
    guard !hasFailed else { return }
    unsafe withUnsafeBytes(of: opaque.bigEndian) {
      _ = unsafe nghttp2_submit_ping(
        session, UInt8(NGHTTP2_FLAG_NONE.rawValue),
        $0.baseAddress!.assumingMemoryBound(to: UInt8.self))
    }
  }

  /// Announces that no further streams will be taken, while those on their way still are.
  package mutating func submitShutdownNotice() {
    guard !hasFailed else { return }
    _ = unsafe nghttp2_submit_shutdown_notice(session)
  }

  /// Whether a stream that the peer opened is beyond what a GOAWAY says that we take, be it sent or
  /// not: the peer counts on it that nothing is done, and asks again elsewhere.
  package func isBeyondGoAway(_ stream: StreamID) -> Bool { stream > lastTaken }

  /// Refuses streams beyond those taken so far; the open ones go on.
  package mutating func goAway(_ code: HTTP2ErrorCode = .noError, reason: String = "") {
    guard !hasFailed else { return }
    lastTaken = min(lastTaken, StreamID(unsafe nghttp2_session_get_last_proc_stream_id(session)))
    let last = lastTaken.rawValue
    var reason = Array(reason.utf8)
    _ = unsafe reason.withUnsafeMutableBufferPointer { reason in
      unsafe nghttp2_submit_goaway(
        session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, code.rawValue, reason.baseAddress,
        reason.count)
    }
  }

  /// Says GOAWAY with an error and reads nothing more; `isFinished` once it is flushed.
  package mutating func terminate(_ code: HTTP2ErrorCode, reason: String) {
    guard !isTerminating, !hasFailed else { return }
    isTerminating = true
    goAway(code, reason: reason)
  }

  /// The flood for which the peer was cut off.
  package var flood: FloodGuard.Act? { inbox.violation?.flood }

  /// The rule of ours that the peer broke, in words of ours.
  package var verdict: String? { inbox.violation?.reason }

  /// Which header block of the peer has begun and not ended.
  package var openHeaderBlock: Int? { inbox.isInHeaderBlock ? inbox.blocksBegun : nil }

  /// The peer's preface is complete: its first SETTINGS are here.
  package var hasHeardSettings: Bool { inbox.hasHeardSettings }

  /// What was last found wrong with the peer's bytes, in words.
  package var complaint: String? { inbox.violation?.reason ?? inbox.lastComplaint }

  /// Streams the peer lets us have open at once.
  package var remoteMaxConcurrentStreams: Int {
    Int(
      unsafe nghttp2_session_get_remote_settings(
        session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
  }

  /// Largest header list the peer says it takes, in bytes.
  package var remoteMaxHeaderListBytes: Int {
    Int(
      unsafe nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE))
  }

  private func resume(_ body: OutboundBody, _ stream: StreamID) {
    guard body.isDeferred, !hasFailed else { return }
    body.isDeferred = false
    _ = unsafe nghttp2_session_resume_data(session, stream.rawValue)
  }
}
