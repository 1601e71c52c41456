internal import HTTP2
internal import NIOCore
internal import Protobuf
internal import RPC
internal import Sockets

/// One call on its connection: the messages waiting both ways, and how it ends.
///
/// Lives on the connection's loop. Handlers reach it through `CallStreamHandle`.
final class ServerCallStream {
  let id: StreamID
  let method: ServerMethod
  let deadline: ContinuousClock.Instant
  /// Who serves it, while somebody does.
  var worker: CallWorker?

  private let connection: ServerConnection
  private let observer: (any CallObserver)?
  private let head: RequestHead
  private let metadata: Metadata

  private var deframer: MessageDeframer
  private var messages = FIFO<InboundMessage>()
  /// What came while enough messages were waiting: small ones are larger apart than in one piece.
  private var uncut: [UInt8] = []
  private(set) var lastMessageWasCompressed = false
  private var inboundEnded = false
  /// Bytes taken from the wire for which the peer has not been given new window yet.
  private var withheld = 0

  private var initialMetadata: Metadata = [:]
  private var trailingMetadata: Metadata = [:]
  private var headersSent = false
  private var responseEncoding = Compression.identity
  private var compresses = false

  /// What the handler hears when it goes on after the call has ended.
  private var failure: RPCError?
  private var isAnswered = false
  private var isClosed = false
  private var isStarted = false
  /// Its handler runs.
  private(set) var isServing = false
  /// Made when a handler first has to wait; most never do.
  private var reader: WakeUp?
  private var writer: WakeUp?
  private var timer: Scheduled<Void>?

  /// Messages cut ahead of their handler.
  private static let maxWaitingMessages = 64

  /// How long the answer to a call whose deadline has passed may take to leave.
  private static let answerGrace = Duration.seconds(1)

  init(
    _ id: StreamID, on connection: ServerConnection, _ method: ServerMethod, _ head: RequestHead,
    _ metadata: Metadata, deadline: ContinuousClock.Instant
  ) {
    self.id = id
    self.connection = connection
    self.method = method
    self.head = head
    self.metadata = metadata
    self.deadline = deadline
    observer = method.observer?.began(metadata, connection.peer, at: connection.now)
    deframer = MessageDeframer(
      maxMessageBytes: connection.configuration.maxReceiveMessageBytes, side: .serverReceive)
  }

  // MARK: From the connection

  /// Body bytes came. A message that waits for the handler holds the window back; the parts of one
  /// that is not whole yet do not, or it would never become so.
  func received(_ bytes: Span<UInt8>) {
    withheld += bytes.count
    guard !isAnswered else { return releaseWindow() }
    if !uncut.isEmpty { return uncut.append(copying: bytes) }
    let before = deframer.partialBytes
    do throws(RPCError) {
      let used = try deframer.receive(bytes, atMost: Self.maxWaitingMessages) {
        messages.append($0)
      }
      if used < bytes.count { uncut.append(copying: bytes.extracting(used..<bytes.count)) }
    } catch {
      return fail(error)
    }
    if takesOneMessage, messages.count > 1 || (messages.count == 1 && deframer.isMidMessage) {
      return fail(.secondRequestMessage)
    }
    let mayGrow = connection.partialChanged(by: deframer.partialBytes - before, of: self)
    if messages.isEmpty {
      if mayGrow { releaseWindow() } else { connection.starve(self) }
    }
    reader?.wake()
  }

  func receivedEnd() {
    inboundEnded = true
    checkEnd()
    reader?.wake()
  }

  private func checkEnd() {
    guard inboundEnded, uncut.isEmpty, deframer.isMidMessage else { return }
    let error = RPCError(.internal, "the request ended in the middle of a message")
    fail(error.reason("MALFORMED_MESSAGE"))
  }

  /// Cuts more messages when those there were are taken.
  private func cutMore() throws(RPCError) {
    guard messages.isEmpty, !uncut.isEmpty else { return }
    let (before, bytes) = (deframer.partialBytes, uncut)
    let used = try deframer.receive(bytes.span, atMost: Self.maxWaitingMessages) {
      messages.append($0)
    }
    uncut = Array(bytes.dropFirst(used))
    _ = connection.partialChanged(by: deframer.partialBytes - before, of: self)
    checkEnd()
  }

  var isMidMessage: Bool { deframer.isMidMessage }

  /// What has come of a message that will not be needed.
  private func dropPartial() {
    let bytes = deframer.partialBytes
    deframer.discard()
    uncut = []
    _ = connection.partialChanged(by: -bytes, of: self)
  }

  /// Another stream has become whole, or is gone.
  func releaseWindowIfAllowed() {
    guard !isClosed, messages.isEmpty else { return }
    if connection.partials.letsGrow(id) { releaseWindow() } else { connection.starve(self) }
  }

  /// Streaming requests are served from their headers on, others once they are whole.
  var isReadyToStart: Bool {
    guard !isStarted, !isAnswered else { return false }
    return takesOneMessage ? inboundEnded : true
  }

  private var takesOneMessage: Bool { method.kind == .unary || method.kind == .serverStreaming }

  func markStarted() { isStarted = true }

  /// The queue has room again.
  func becameWritable() { writer?.wake() }

  /// The stream is gone: nothing can be answered, the handler should stop.
  func closed(_ code: HTTP2ErrorCode) {
    isClosed = true
    timer?.cancel()
    dropPartial()
    guard !isAnswered else { return }
    isAnswered = true
    connection.entry.counts.streams.failed += 1
    let error = RPCError(.cancelled, "the caller ended the call (\(code))")
    observer?.ended(error, cause: nil)
    stop(error)
  }

  /// Ends the call at its deadline, if its stream lasts that long.
  func armDeadline() {
    guard timer == nil, !isClosed else { return }
    arm(in: connection.now.duration(to: deadline))
  }

  private func arm(in time: Duration) {
    let this = NIOLoopBound(self, eventLoop: connection.executor.loop)
    timer = connection.executor.loop.scheduleTask(in: TimeAmount(time)) {
      this.value.deadlinePassed()
    }
  }

  /// An answer that cannot leave, because the caller's window is shut, must not outlive the call:
  /// the stream is reset, and with it goes what was queued.
  private func deadlinePassed() {
    guard !isClosed else { return }
    if isAnswered {
      connection.session.reset(id, .cancel)
      connection.needsFlush()
    } else {
      fail(RPCError(.deadlineExceeded, "the deadline of the call has passed"))
      arm(in: Self.answerGrace)
    }
  }

  /// Nothing of the answer was taken for too long; the stream will be reset.
  func stalled() {
    fail(
      RPCError(.resourceExhausted, "the caller has read nothing of the answer for too long")
        .reason("OUTPUT_STALLED"))
  }

  /// Answers with an error and stops the handler.
  func fail(_ error: RPCError) {
    guard !isAnswered else { return }
    answer(error)
    stop(error)
  }

  private func stop(_ error: RPCError) {
    failure = error
    messages = FIFO()
    dropPartial()
    worker?.cancel()
    reader?.wake()
    writer?.wake()
  }

  // MARK: The handler

  /// Runs the handler behind the interceptors and answers with its outcome.
  func serve() async {
    guard !isAnswered, !connection.holds(self) else { return }
    isServing = true
    connection.entry.handlersRunning += 1
    defer {
      isServing = false
      connection.entry.handlersRunning -= 1
      if isClosed { connection.orphanEnded() }
    }
    let handle = CallStreamHandle(self, connection)
    let context = CallContext(
      method: method.name, metadata: metadata, peer: connection.peer, deadline: deadline,
      stream: handle, observer: observer)
    var limits = connection.configuration.decoding
    limits.bytes = connection.configuration.maxReceiveMessageBytes
    let call = ServerCall(context: context, stream: handle, decodingLimits: limits)
    do {
      try await run(call, through: connection.configuration.interceptors[...]) { call in
        try await CallContext.$current.withValue(call.context) { try await method.handler(call) }
      }
      answer(nil)
    } catch {
      if !(error is RPCError || error is any RPCErrorConvertible || error is CancellationError) {
        connection.configuration.onUnforeseenError(error, method.name)
      }
      answer(RPCError(error), cause: error)
    }
  }

  func takeArrival() throws(RPCError) -> Arrival {
    try cutMore()
    if let failure { throw failure }
    guard let message = messages.popFirst() else { return inboundEnded ? .end : .nothingYet }
    lastMessageWasCompressed = message.isCompressed
    let isEmptied = messages.isEmpty && uncut.isEmpty
    if isEmptied { releaseWindow() }
    try message.checkFlag(head.encoding)
    observer?.received()
    connection.entry.counts.messagesReceived += 1
    return .message(message, isLast: inboundEnded && isEmptied)
  }

  /// The one message of a request that is whole, and nothing behind it.
  func takeSole() throws(RPCError) -> [UInt8]? {
    guard inboundEnded, messages.count == 1, uncut.isEmpty, failure == nil,
      case .message(let message, _) = try takeArrival()
    else { return nil }
    return try inflated(message)
  }

  /// The bytes of a message taken.
  func inflated(_ message: InboundMessage) throws(RPCError) -> [UInt8] {
    try message.inflated(
      head.encoding, limit: connection.configuration.maxReceiveMessageBytes, .serverReceive)
  }

  /// Returns when there may be something to take.
  func arrival() async throws { try await wait(for: \.reader) }

  /// Queues a message whether there is room or not: look at `hasRoom` after it.
  func write(_ frame: MessageFrame) throws {
    if let failure { throw failure }
    guard !isAnswered else { throw RPCError.answered }
    let limit = connection.configuration.maxSendMessageBytes
    guard frame.payload.count <= limit else {
      throw RPCError.messageTooLarge(frame.payload.count, limit: limit, .serverSend)
    }
    guard connection.hasRoom(for: frame.payload.count) else { throw connection.turnAway() }
    try sendHeaders()
    try connection.session.write(encoded(frame), on: id)
    connection.reportUnread()
    observer?.sent()
    connection.entry.counts.messagesSent += 1
    connection.needsFlush()
  }

  var hasRoom: Bool { !connection.session.isCrowded(id) }

  /// Returns when the queue has room; throws when the call ends first.
  func room() async throws {
    while !hasRoom {
      try await wait(for: \.writer)
      if let failure { throw failure }
    }
  }

  func setInitialMetadata(_ metadata: Metadata) { initialMetadata.add(metadata) }
  func setTrailingMetadata(_ metadata: Metadata) { trailingMetadata.add(metadata) }

  /// Sends the response headers ahead of the first message.
  func writeHeaders() throws {
    if let failure { throw failure }
    guard !isAnswered else { throw RPCError.answered }
    try sendHeaders()
    connection.needsFlush()
  }

  func setCompression(_ isOn: Bool) {
    if !headersSent, head.acceptsGzip { responseEncoding = .gzip }
    compresses = isOn && responseEncoding == .gzip
  }

  private func wait(for side: ReferenceWritableKeyPath<ServerCallStream, WakeUp?>) async throws {
    let wakeUp = self[keyPath: side] ?? WakeUp(connection.executor.loop)
    self[keyPath: side] = wakeUp
    do {
      try await wakeUp.wait()
    } catch {
      throw failure ?? error
    }
  }

  private func releaseWindow() {
    guard withheld > 0 else { return }
    connection.session.consume(withheld, on: id)
    withheld = 0
    connection.needsFlush()
  }

  // MARK: The answer

  private func encoded(_ frame: MessageFrame) -> [UInt8] {
    guard compresses, !frame.isCompressed else { return frame.bytes }
    return MessageFrame(payload: Gzip.compress(frame.payload), compressed: true).bytes
  }

  private func sendHeaders() throws {
    guard !headersSent else { return }
    let block = ResponseHeaders.initial(initialMetadata, encoding: responseEncoding)
    guard block.listBytes <= connection.outgoingHeaderLimit else {
      initialMetadata = [:]
      throw RPCError(
        .internal,
        "response metadata of \(block.listBytes) bytes is larger than the limit of "
          + "\(connection.outgoingHeaderLimit) (max-outgoing-header-list-bytes)"
      ).reason("METADATA_TOO_LARGE")
    }
    headersSent = true
    try connection.session.submitResponse(block, on: id, endStream: false)
  }

  /// Sends the status, once: the first outcome of a call is its outcome.
  private func answer(_ error: RPCError?, cause: (any Error)? = nil) {
    guard !isAnswered else { return }
    isAnswered = true
    if error == nil {
      connection.entry.counts.streams.succeeded += 1
    } else {
      connection.entry.counts.streams.failed += 1
    }
    observer?.ended(error, cause: cause is RPCError ? nil : cause)
    let limit = connection.outgoingHeaderLimit
    if headersSent {
      let trailers = ResponseHeaders.trailers(error, trailingMetadata, limit: limit)
      try? connection.session.finish(id, trailers: trailers)
    } else {
      trailingMetadata.add(initialMetadata)
      let block = ResponseHeaders.trailersOnly(error, trailingMetadata, limit: limit)
      try? connection.session.submitResponse(block, on: id, endStream: true)
    }
    releaseWindow()
    connection.needsFlush()
  }
}

extension RPCError {
  fileprivate static let answered = RPCError(.internal, "the call has been answered")
}
