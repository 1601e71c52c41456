internal import CNghttp2

// How a session is made: its options, its settings, and the callbacks through which nghttp2 tells
// the inbox what it saw.

extension HTTP2Session {
  /// nghttp2's own cut-offs end a connection without a reason. They are set above ours, which say
  /// why, and stay only as a last defence.
  private static var resetBurst: UInt64 { 1 << 20 }
  private static var resetsPerSecond: UInt64 { 1 << 20 }
  private static var queuedAcknowledgements: Int { 1 << 16 }
  private static var firstExtensionType: UInt8 { 10 }

  static func makeSession(_ role: Role, _ inbox: Inbox) throws(HTTP2Error) -> OpaquePointer {
    var callbacks: OpaquePointer?
    var option: OpaquePointer?
    guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0,
      unsafe nghttp2_option_new(&option) == 0
    else { throw .fatal("out of memory") }
    defer {
      unsafe nghttp2_session_callbacks_del(callbacks)
      unsafe nghttp2_option_del(option)
    }
    unsafe nghttp2_option_set_no_auto_window_update(option, 1)
    unsafe nghttp2_option_set_stream_reset_rate_limit(option, resetBurst, resetsPerSecond)
    unsafe nghttp2_option_set_max_outbound_ack(option, queuedAcknowledgements)
    unsafe nghttp2_option_set_max_continuations(option, inbox.limits.maxContinuations + 1)
    // Frames of unknown types go by unseen unless each type is asked for.
    for type in firstExtensionType...UInt8.max {
      unsafe nghttp2_option_set_user_recv_extension_type(option, type)
    }
    unsafe registerFrameCallbacks(callbacks)
    unsafe registerHeaderCallbacks(callbacks)
    unsafe registerStreamCallbacks(callbacks)

    var session: OpaquePointer?
    let userData = unsafe Unmanaged.passUnretained(inbox).toOpaque()
    let result =
      switch role {
      case .server: unsafe nghttp2_session_server_new2(&session, callbacks, userData, option)
      case .client: unsafe nghttp2_session_client_new2(&session, callbacks, userData, option)
      }
    guard result == 0, let session = unsafe session else { throw .fatal(describe(result)) }
    unsafe submitSettings(session, role, inbox.limits)
    return unsafe session
  }

  /// What the peer hears of our limits, and the connection's window.
  private static func submitSettings(
    _ session: OpaquePointer, _ role: Role, _ limits: HTTP2Limits
  ) {
    var entries = [
      setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.initialStreamWindow),
      setting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.maxHeaderListBytes),
    ]
    switch role {
    case .server:
      entries.append(setting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, Greeting.enforcedByNghttp2))
    case .client: entries.append(setting(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
    }
    let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    _ = unsafe nghttp2_submit_settings(session, flags, entries, entries.count)
    _ = unsafe nghttp2_session_set_local_window_size(
      session, flags, 0, Int32(limits.connectionWindow))
  }

  private static func setting(_ id: nghttp2_settings_id, _ value: Int) -> nghttp2_settings_entry {
    nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: UInt32(value))
  }

  static func describe(_ code: Int32) -> String {
    unsafe String(cString: nghttp2_strerror(code))
  }

  /// What the peer is told when nghttp2 gives up.
  static func errorCode(of error: Int32) -> HTTP2ErrorCode {
    switch nghttp2_error(error) {
    case NGHTTP2_ERR_FLOODED, NGHTTP2_ERR_TOO_MANY_SETTINGS: .enhanceYourCalm
    case NGHTTP2_ERR_NOMEM, NGHTTP2_ERR_CALLBACK_FAILURE: .internalError
    default: error == tooManyContinuations ? .enhanceYourCalm : .protocolError
    }
  }

  /// NGHTTP2_ERR_TOO_MANY_CONTINUATIONS, which Debian's library has and its header lacks.
  private static var tooManyContinuations: Int32 { -905 }

  // MARK: Callbacks

  private static func registerFrameCallbacks(_ callbacks: OpaquePointer?) {
    unsafe nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) {
      session, frame, userData in
      let header = unsafe frame!.pointee
      unsafe Inbox.from(userData).frameBegan(
        header,
        isOpen: header.stream_id != 0
          && nghttp2_session_get_stream_remote_close(session, header.stream_id) >= 0)
      return 0
    }
    unsafe nghttp2_session_callbacks_set_unpack_extension_callback(callbacks) { _, _, _, _ in
      // Whatever is in it, it is ignored (RFC 9113, section 5.5).
      NGHTTP2_ERR_CANCEL.rawValue
    }
    unsafe nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) {
      _, frame, _, userData in
      unsafe Inbox.from(userData).frameRefused(frame!.pointee.hd)
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, userData in
      unsafe Inbox.from(userData).frameReceived(frame!.pointee)
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) {
      session, frame, userData in
      let header = unsafe frame!.pointee.hd
      let isRemoteOpen =
        unsafe UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
        && nghttp2_session_get_stream_remote_close(session, header.stream_id) == 0
      unsafe Inbox.from(userData).frameSent(frame!.pointee, isRemoteOpen: isRemoteOpen)
      return 0
    }
    unsafe nghttp2_session_callbacks_set_error_callback2(callbacks) { _, _, text, count, userData in
      let text = unsafe UnsafeRawBufferPointer(start: text, count: count)
      unsafe Inbox.from(userData).lastComplaint = String(decoding: text, as: UTF8.self)
      return 0
    }
  }

  private static func registerHeaderCallbacks(_ callbacks: OpaquePointer?) {
    unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, _, userData in
      unsafe Inbox.from(userData).headersBegan()
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
      _, _, name, nameCount, value, valueCount, _, userData in
      unsafe Inbox.from(userData).header(
        name: UnsafeBufferPointer(start: name, count: nameCount),
        value: UnsafeBufferPointer(start: value, count: valueCount))
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks) {
      _, _, _, _, _, _, _, _ in
      // nghttp2 would drop such a field in silence; RFC 9113, 8.2.1, calls the message malformed.
      NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
    }
  }

  private static func registerStreamCallbacks(_ callbacks: OpaquePointer?) {
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
      _, _, stream, bytes, count, userData in
      unsafe Inbox.from(userData).dataReceived(StreamID(stream), bytes!, count)
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) {
      _, stream, code, userData in
      unsafe Inbox.from(userData).streamClosed(StreamID(stream), HTTP2ErrorCode(code))
      return 0
    }
  }

  // MARK: Bodies

  /// Lends a data provider that reads from `body`; nil for no body.
  static func withProvider<Result>(
    _ body: OutboundBody?, _ use: (UnsafePointer<nghttp2_data_provider>?) -> Result
  ) -> Result {
    guard let body else { return use(nil) }
    var provider = unsafe nghttp2_data_provider()
    unsafe provider.source.ptr = Unmanaged.passUnretained(body).toOpaque()
    unsafe provider.read_callback = { session, stream, buffer, capacity, flags, source, userData in
      let body = unsafe Unmanaged<OutboundBody>.fromOpaque(source!.pointee.ptr)
        .takeUnretainedValue()
      let inbox = unsafe Inbox.from(userData)
      if body.queuedBytes == 0, !body.isFinished {
        body.isDeferred = true
        return Int(NGHTTP2_ERR_DEFERRED.rawValue)
      }
      let room = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: capacity)
      var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
      inbox.fill(&output, from: body, on: StreamID(stream))
      let count = unsafe output.finalize(for: room)
      if body.isExhausted {
        unsafe flags!.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        if let trailers = body.trailers {
          unsafe flags!.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
          unsafe trailers.withFields { _ = unsafe nghttp2_submit_trailer(session, stream, $0, $1) }
        }
      }
      return count
    }
    return unsafe use(&provider)
  }
}

extension HeaderBlock {
  /// Lends the fields in nghttp2's form. nghttp2 copies them.
  func withFields<Result>(_ use: (UnsafePointer<nghttp2_nv>?, Int) -> Result) -> Result {
    unsafe withBytes { bytes, ends in
      unsafe withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: count) { fields in
        var start = 0
        for index in 0..<count {
          let (nameEnd, valueEnd) = (Int(ends[2 * index]), Int(ends[2 * index + 1]))
          let base = unsafe UnsafeMutablePointer(mutating: bytes.baseAddress!)
          unsafe fields.initializeElement(
            at: index,
            to: nghttp2_nv(
              name: base + start, value: base + nameEnd, namelen: nameEnd - start,
              valuelen: valueEnd - nameEnd, flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
          start = valueEnd
        }
        return unsafe use(fields.baseAddress, count)
      }
    }
  }
}

extension Inbox {
  /// Recovers the inbox from nghttp2's `user_data`; the session keeps it alive.
  fileprivate static func from(_ userData: UnsafeMutableRawPointer?) -> Inbox {
    unsafe Unmanaged<Inbox>.fromOpaque(userData!).takeUnretainedValue()
  }

  fileprivate func dataReceived(
    _ stream: StreamID, _ bytes: UnsafePointer<UInt8>, _ count: Int
  ) {
    sawSomething = true
    // nghttp2 hands out the bytes where they lie in the input; the event says where that is.
    let offset = unsafe bytes - input!
    record(.data(stream, offset..<offset + count))
  }

  fileprivate func frameBegan(_ header: nghttp2_frame_hd, isOpen: @autoclosure () -> Bool) {
    sawSomething = true
    let stream = StreamID(header.stream_id)
    let isEmpty = header.length == 0
    switch UInt32(header.type) {
    case NGHTTP2_HEADERS.rawValue:
      headersFrameBegan(stream, isOpen: isOpen())
    case NGHTTP2_DATA.rawValue:
      if isEmpty, !header.has(NGHTTP2_FLAG_END_STREAM) { spend(.emptyData) }
    case NGHTTP2_RST_STREAM.rawValue: resetBegan(stream, isOpen: isOpen())
    case NGHTTP2_WINDOW_UPDATE.rawValue: spend(.windowUpdate)
    case NGHTTP2_CONTINUATION.rawValue: continuationBegan(isEmpty: isEmpty)
    case NGHTTP2_SETTINGS.rawValue: if !header.has(NGHTTP2_FLAG_ACK) { spend(.settings) }
    case NGHTTP2_PING.rawValue: spend(.ping)
    case NGHTTP2_PRIORITY.rawValue: spend(.priority)
    case NGHTTP2_PUSH_PROMISE.rawValue: pushPromised()
    default: spend(.unknownFrame)
    }
  }

  fileprivate func frameRefused(_ header: nghttp2_frame_hd) {
    if UInt32(header.type) == NGHTTP2_HEADERS.rawValue { headersRefused() }
  }

  fileprivate func frameSent(_ frame: nghttp2_frame, isRemoteOpen: Bool) {
    let header = unsafe frame.hd
    let stream = StreamID(header.stream_id)
    switch UInt32(header.type) {
    case NGHTTP2_HEADERS.rawValue:
      sentCallFrames = true
      if unsafe frame.headers.cat == NGHTTP2_HCAT_REQUEST { requestSent(stream) }
      headersSent(stream)
      if isRemoteOpen { endOfStreamSent(stream) }
    case NGHTTP2_DATA.rawValue:
      sentCallFrames = true
      dataSent()
      if isRemoteOpen { endOfStreamSent(stream) }
    case NGHTTP2_RST_STREAM.rawValue:
      resetSent(stream, HTTP2ErrorCode(unsafe frame.rst_stream.error_code))
    case NGHTTP2_GOAWAY.rawValue:
      if unsafe frame.goaway.error_code != NGHTTP2_NO_ERROR.rawValue { saidGoAway = true }
    default: break
    }
  }

  fileprivate func frameReceived(_ frame: nghttp2_frame) {
    let header = unsafe frame.hd
    let stream = StreamID(header.stream_id)
    let endsStream = header.has(NGHTTP2_FLAG_END_STREAM)
    let isAck = header.has(NGHTTP2_FLAG_ACK)
    switch UInt32(header.type) {
    case NGHTTP2_HEADERS.rawValue:
      headersEnded(stream, isRequest: unsafe frame.headers.cat == NGHTTP2_HCAT_REQUEST)
      if endsStream { record(.endOfStream(stream)) }
    case NGHTTP2_DATA.rawValue:
      if endsStream { dataEnded(stream) }
      // Nothing but padding is as good as nothing.
      let padding = unsafe frame.data.padlen
      if padding > 0, padding == header.length, !endsStream { spend(.emptyData) }
    case NGHTTP2_SETTINGS.rawValue:
      settingsReceived()
      record(isAck ? .settingsAcknowledged : .settings)
    case NGHTTP2_PING.rawValue:
      let opaque = unsafe withUnsafeBytes(of: frame.ping.opaque_data) {
        unsafe UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self))
      }
      record(isAck ? .pong(opaque) : .ping(opaque))
    case NGHTTP2_GOAWAY.rawValue:
      let goAway = unsafe frame.goaway
      let debug = unsafe UnsafeBufferPointer(
        start: goAway.opaque_data, count: goAway.opaque_data_len)
      record(
        .goAway(
          lastStream: StreamID(unsafe goAway.last_stream_id),
          HTTP2ErrorCode(unsafe goAway.error_code),
          reason: unsafe String(decoding: debug, as: UTF8.self)))
    default: break
    }
  }
}

extension nghttp2_frame_hd {
  fileprivate func has(_ flag: nghttp2_flag) -> Bool { UInt32(flags) & flag.rawValue != 0 }
}
