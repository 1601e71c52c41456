internal import HTTP2

/// Two sessions of ours, and owners that do what the bytes say: whatever it is, neither breaks a
/// rule of the other's, and what was written arrives.
enum HTTP2Dialogue {
  static func check(_ bytes: [UInt8]) throws(Finding) {
    var input = FuzzInput(bytes)
    let dialogue = try Dialogue()
    while !input.isEmpty { try dialogue.perform(input.byte(), input.byte()) }
    try dialogue.end()
  }
}

/// One side: its session, and what its owner knows.
private final class Side {
  var session: HTTP2Session
  let role: HTTP2Session.Role
  var streams: HTTP2Streams
  /// Those that something may still be done with.
  var open: [StreamID] = []
  var answered: Set<StreamID> = []
  var written: [StreamID: [UInt8]] = [:]
  var finished: Set<StreamID> = []
  var received: [StreamID: [UInt8]] = [:]
  var ended: Set<StreamID> = []
  /// Bytes of bodies that the owner has not yet taken.
  var unread: [StreamID: Int] = [:]
  /// Bytes for the other side that are on their way.
  var onTheWay: [UInt8] = []

  init(_ role: HTTP2Session.Role, _ limits: HTTP2Limits) throws(Finding) {
    guard let session = try? HTTP2Session(role, limits: limits) else { throw Finding("no session") }
    self.session = session
    self.role = role
    streams = HTTP2Streams(role)
  }

  func receive(_ bytes: [UInt8], _ limits: HTTP2Limits) throws(Finding) {
    let events = session.receive(bytes.span)
    try expect(!session.isEnding, "one's own peer is refused: \(session.complaint ?? "")")
    for event in events { try take(SeenEvent(event, of: bytes), limits) }
  }

  func say(_ limits: HTTP2Limits) throws(Finding) {
    onTheWay += session.takeOutput()
    for event in session.takeEvents() { try take(SeenEvent(event, of: []), limits) }
  }

  private func take(_ event: SeenEvent, _ limits: HTTP2Limits) throws(Finding) {
    try streams.check(event, limits)
    switch event {
    case .headers(let stream, _, .request):
      guard !session.isBeyondGoAway(stream) else { return session.reset(stream, .refusedStream) }
      open.append(stream)
    case .data(let stream, let bytes):
      received[stream, default: []] += bytes
      unread[stream, default: 0] += bytes.count
      session.consumeConnection(bytes.count)
    case .endOfStream(let stream): ended.insert(stream)
    case .goAway(_, let code, let reason):
      try expect(code == .noError, "one's own peer is sent away: \(code) \(reason)")
    case .closed(let stream, _): open.removeAll { $0 == stream }
    default: break
    }
  }

  func read(_ stream: StreamID) {
    guard let count = unread.removeValue(forKey: stream) else { return }
    session.consume(count, on: stream)
  }
}

private final class Dialogue {
  private let client: Side
  private let server: Side
  private let limits: HTTP2Limits
  private var resets: Set<StreamID> = []
  private var isLeaving = false
  private var now = Duration.zero

  /// Between two acts. An honest peer's are no flood.
  private static let pause = Duration.milliseconds(10)
  private static let request: HeaderBlock = [
    ":method": "POST", ":scheme": "http", ":path": "/a.B/C", ":authority": "test",
  ]
  private static let ok: HeaderBlock = [":status": "200"]
  private static let trailers: HeaderBlock = ["grpc-status": "0"]

  init() throws(Finding) {
    var limits = HTTP2Limits()
    limits.initialStreamWindow = 4096
    limits.outboundHighWater = 2048
    limits.outboundLowWater = 512
    self.limits = limits
    client = try Side(.client, limits)
    server = try Side(.server, limits)
  }

  func perform(_ act: UInt8, _ argument: UInt8) throws(Finding) {
    now += Self.pause
    server.session.tell(now)
    let side = act & 1 == 0 ? client : server
    let stream = side.open.isEmpty ? nil : side.open[Int(argument) % side.open.count]
    switch (act >> 1) % 10 {
    case 0: if side === client { begin(argument) } else if let stream { answer(stream, argument) }
    case 1: if let stream { write(stream, 7 * Int(argument), side) }
    case 2: if let stream { finish(stream, side) }
    case 3:
      if let stream, argument & 0xe0 == 0 {
        resets.insert(stream)
        side.session.reset(stream, .cancel)
      }
    case 4: if let stream { side.read(stream) }
    case 5: side.session.ping(UInt64(argument))
    case 6 where side === server && argument == 0x6f:
      isLeaving = true
      side.session.submitShutdownNotice()
    case 7 where side === server && isLeaving: side.session.goAway(reason: "leaving")
    default: try carry(from: side, 16 * Int(argument))
    }
  }

  private func begin(_ argument: UInt8) {
    let isShort = argument & 1 == 0
    guard client.open.count < 50,
      let stream = try? client.session.submitRequest(Self.request, endStream: isShort)
    else { return }
    client.streams.opened(stream)
    client.open.append(stream)
    client.answered.insert(stream)
    if isShort { client.finished.insert(stream) }
  }

  private func answer(_ stream: StreamID, _ argument: UInt8) {
    guard server.answered.insert(stream).inserted else { return }
    let isShort = argument & 1 == 0
    try? server.session.submitResponse(Self.ok, on: stream, endStream: isShort)
    if isShort { server.finished.insert(stream) }
  }

  private func write(_ stream: StreamID, _ count: Int, _ side: Side) {
    guard side.answered.contains(stream), !side.finished.contains(stream),
      !side.session.isCrowded(stream)
    else { return }
    let start = side.written[stream]?.count ?? 0
    let bytes = (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    guard (try? side.session.write(bytes, on: stream)) != nil else { return }
    side.written[stream, default: []] += bytes
  }

  private func finish(_ stream: StreamID, _ side: Side) {
    guard side.answered.contains(stream), side.finished.insert(stream).inserted else { return }
    try? side.session.finish(stream, trailers: side === server ? Self.trailers : nil)
  }

  /// Brings what one side says to the other, as much of it as may be.
  private func carry(from side: Side, _ count: Int) throws(Finding) {
    try side.say(limits)
    let other = side === client ? server : client
    let bytes = Array(side.onTheWay.prefix(count))
    side.onTheWay.removeFirst(bytes.count)
    try other.receive(bytes, limits)
  }

  /// All that was begun ends, all is read, and what arrived is what was sent.
  func end() throws(Finding) {
    try exchange()
    for side in [client, server] {
      for stream in side.open {
        if side === server { answer(stream, 1) }
        finish(stream, side)
      }
    }
    try exchange()
    for (side, other) in [(client, server), (server, client)] {
      for (stream, bytes) in side.received {
        try expect(
          (other.written[stream] ?? []).starts(with: bytes), "stream \(stream) brings other bytes")
      }
      for stream in side.finished where !resets.contains(stream) && !isLeaving {
        try expect(other.ended.contains(stream), "stream \(stream) does not end")
        try expect(
          other.received[stream]?.count ?? 0 == side.written[stream]?.count ?? 0,
          "stream \(stream) loses bytes")
      }
    }
    try expect(client.streams.count == 0 || isLeaving, "streams are left over")
  }

  private func exchange() throws(Finding) {
    for _ in 0..<10_000 {
      try carry(from: client, .max)
      try carry(from: server, .max)
      for side in [client, server] { for stream in side.unread.keys { side.read(stream) } }
      try client.say(limits)
      try server.say(limits)
      if client.onTheWay.isEmpty, server.onTheWay.isEmpty { return }
    }
    throw Finding("the talk never ends")
  }
}
