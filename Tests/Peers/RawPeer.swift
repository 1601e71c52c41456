/// A client that speaks in frames and obeys only when told to.
///
/// By itself it acknowledges SETTINGS and PING and gives back the windows it used up (each can be
/// turned off), so that a test says only what it is about. What it hears is sorted by stream into
/// `answers`.
package final class RawPeer {
  /// What came back on one stream.
  package struct Answer: Sendable {
    /// Header blocks in order: interim and final headers, then trailers.
    package var blocks: [[HeaderField]] = []
    package var data: [UInt8] = []
    /// The payload lengths of its DATA frames.
    package var dataLengths: [Int] = []
    package var hasEnded = false
    package var resetCode: UInt32?

    package init() {}

    package var isOver: Bool { hasEnded || resetCode != nil }
    package var fields: [HeaderField] { blocks.flatMap { $0 } }
  }

  package struct GoAway: Sendable {
    package var lastStream: UInt32
    package var code: UInt32
    package var debug: String
  }

  package enum Failure: Error {
    case undecodable(HeaderDecoder.Failure)
    /// The peer sent a frame that a server never may.
    case illegal(Frame)
  }

  package static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// Every frame received, as it came.
  package private(set) var received: [Frame] = []
  package private(set) var answers: [UInt32: Answer] = [:]
  package private(set) var goAway: GoAway?
  package private(set) var isClosed = false
  package var acknowledges = true
  package var givesWindowBack = true

  private let socket: TCPSocket
  private let patience: Duration
  private var unread: ArraySlice<UInt8> = []
  private var decoder = HeaderDecoder()
  private var openBlock: Frame?
  private var windows = SendWindows()

  /// Connects and says nothing yet. No wait is longer than `patience`.
  package init(port: UInt16, patience: Duration = .seconds(10)) throws {
    socket = try TCPSocket(port: port)
    self.patience = patience
  }

  /// Connects and says the preface with empty SETTINGS.
  package static func started(port: UInt16, settings: [UInt8] = []) throws -> RawPeer {
    let peer = try RawPeer(port: port)
    try peer.send(preface)
    try peer.send(Frame(.settings, payload: settings))
    return peer
  }

  package func answer(on stream: UInt32) -> Answer { answers[stream] ?? Answer() }

  // MARK: Speaking

  package func send(_ frame: Frame) throws {
    try send(frame.bytes)
  }

  /// A peer that has closed hears nothing more, and that is no error here: its last words count.
  package func send(_ bytes: [UInt8]) throws {
    do {
      try socket.write(bytes, until: .now + patience)
    } catch .reset {
      return
    }
  }

  /// DATA frames as the flow-control windows allow; stops when the stream is over.
  package func sendData(_ bytes: [UInt8], on stream: UInt32, end: Bool) throws {
    var rest = bytes[...]
    repeat {
      try listen { self.windows.room(on: stream) > 0 || self.isOver(stream) || rest.isEmpty }
      let room = min(windows.room(on: stream), Frame.maximumPayload)
      guard room > 0 || rest.isEmpty, !isOver(stream) else { return }
      let chunk = rest.prefix(max(room, 0))
      rest = rest.dropFirst(chunk.count)
      windows.spend(chunk.count, on: stream)
      let isLast = rest.isEmpty && end
      try send(Frame(.data, isLast ? .endStream : [], stream: stream, payload: Array(chunk)))
    } while !rest.isEmpty
  }

  package func finishWriting() { socket.finishWriting() }
  package func resetOnClose() { socket.resetOnClose() }
  package func keepReceiveBuffer(atMost bytes: CInt) { socket.keepReceiveBuffer(atMost: bytes) }

  // MARK: Hearing

  /// Takes in frames until `condition` holds or the peer closes; throws `timedOut` after a while.
  package func listen(until condition: () -> Bool) throws {
    let deadline = ContinuousClock.now + patience
    while !condition(), !isClosed {
      guard let frame = try nextFrame(until: deadline) else { return }
      try take(frame)
    }
  }

  /// Takes in frames until the stream is answered, reset, or the connection gone.
  package func listen(toEndOf stream: UInt32) throws {
    try listen { self.isOver(stream) }
  }

  /// Takes in frames until the peer closes the connection.
  package func listenToEnd() throws {
    try listen { false }
  }

  /// Takes in what comes within `time`.
  package func listen(for time: Duration) throws {
    let deadline = ContinuousClock.now + time
    while !isClosed {
      do {
        guard let frame = try nextFrame(until: deadline) else { return }
        try take(frame)
      } catch TCPSocket.Failure.timedOut {
        return
      }
    }
  }

  /// The bytes as they come, for a peer that answers in another protocol, to the end.
  package func readToEnd() throws -> [UInt8] {
    let deadline = ContinuousClock.now + patience
    while try readMore(until: deadline) {}
    return Array(unread)
  }

  private func isOver(_ stream: UInt32) -> Bool {
    isClosed || answer(on: stream).isOver
  }

  private func nextFrame(until deadline: ContinuousClock.Instant) throws -> Frame? {
    while true {
      if let frame = Frame(takingFrom: &unread) { return frame }
      guard try readMore(until: deadline) else { return nil }
    }
  }

  /// False when the peer has closed or reset.
  private func readMore(until deadline: ContinuousClock.Instant) throws -> Bool {
    do {
      let bytes = try socket.read(until: deadline)
      unread += bytes
      isClosed = bytes.isEmpty
    } catch TCPSocket.Failure.reset {
      isClosed = true
    }
    return !isClosed
  }

  private func take(_ frame: Frame) throws {
    received.append(frame)
    switch frame.kind {
    case .headers, .continuation: try takeBlock(frame)
    case .data: try takeData(frame)
    case .resetStream: answers[frame.stream, default: Answer()].resetCode = frame.number(at: 0)
    case .settings: try takeSettings(frame)
    case .ping where acknowledges && !frame.flags.contains(.ack):
      try send(Frame(.ping, .ack, payload: frame.payload))
    case .windowUpdate: windows.open(by: Int(frame.number(at: 0) ?? 0), on: frame.stream)
    case .goAway:
      goAway = GoAway(
        lastStream: frame.number(at: 0) ?? 0, code: frame.number(at: 4) ?? 0,
        debug: String(decoding: frame.payload.dropFirst(8), as: UTF8.self))
    case .pushPromise, .priority: throw Failure.illegal(frame)
    default: break
    }
  }

  private func takeBlock(_ frame: Frame) throws {
    var block = openBlock ?? frame
    if openBlock != nil { block.payload += frame.payload }
    guard frame.flags.contains(.endHeaders) else {
      openBlock = block
      return
    }
    openBlock = nil
    do throws(HeaderDecoder.Failure) {
      let fields = try decoder.decode(block.payload)
      answers[block.stream, default: Answer()].blocks.append(fields)
    } catch {
      throw Failure.undecodable(error)
    }
    if block.flags.contains(.endStream) { answers[block.stream]?.hasEnded = true }
  }

  private func takeData(_ frame: Frame) throws {
    var answer = answer(on: frame.stream)
    answer.data += frame.payload
    answer.dataLengths.append(frame.payload.count)
    answer.hasEnded = frame.flags.contains(.endStream)
    answers[frame.stream] = answer
    guard givesWindowBack, !frame.payload.isEmpty else { return }
    let increment = UInt32(frame.payload.count).bigEndianBytes
    try send(Frame(.windowUpdate, payload: increment))
    if !answer.hasEnded { try send(Frame(.windowUpdate, stream: frame.stream, payload: increment)) }
  }

  private func takeSettings(_ frame: Frame) throws {
    guard !frame.flags.contains(.ack) else { return }
    for offset in stride(from: 0, to: frame.payload.count, by: 6) {
      let name = UInt32(bigEndianBytes: frame.payload[offset..<offset + 2])
      if name == 4 { windows.setInitial(Int(frame.number(at: offset + 2) ?? 0)) }
    }
    if acknowledges { try send(Frame(.settings, .ack)) }
  }
}

/// How much DATA may still go out (RFC 9113 5.2).
private struct SendWindows {
  private var connection = 65_535
  private var initial = 65_535
  /// What each stream used up, net of its WINDOW_UPDATEs.
  private var spent: [UInt32: Int] = [:]

  func room(on stream: UInt32) -> Int {
    min(connection, initial - spent[stream, default: 0])
  }

  mutating func spend(_ count: Int, on stream: UInt32) {
    connection -= count
    spent[stream, default: 0] += count
  }

  mutating func open(by increment: Int, on stream: UInt32) {
    if stream == 0 { connection += increment } else { spent[stream, default: 0] -= increment }
  }

  mutating func setInitial(_ window: Int) { initial = window }
}
