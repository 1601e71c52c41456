internal import HTTP2

/// A session against a peer that says anything at all.
enum HTTP2Peers {
  static func server(_ bytes: [UInt8]) throws(Finding) {
    try check(HTTP2Bytes(bytes, from: .client), .server)
  }

  static func client(_ bytes: [UInt8]) throws(Finding) {
    try check(HTTP2Bytes(bytes, from: .server), .client)
  }

  private static func check(_ input: HTTP2Bytes, _ role: HTTP2Session.Role) throws(Finding) {
    let whole = try SessionRun(role, isAnswered: false)
    try whole.receive([input.bytes])
    let parts = input.bytes.parts(of: input.step)
    let sliced = try SessionRun(role, isAnswered: false)
    try sliced.receive(parts)
    try sliced.checkParts(of: whole)
    if role == .server, let patience = input.patience {
      let guarded = try SessionRun(role, isAnswered: false, patience: patience)
      try guarded.receive(parts)
      try guarded.checkGuard(of: sliced)
    }
    guard input.isAnswered else { return }
    let answered = try SessionRun(role, isAnswered: true)
    try answered.receive(parts)
  }
}

/// One session, what is done with it, and what it may never do.
private final class SessionRun {
  var session: HTTP2Session
  private(set) var seen: [SeenEvent] = []
  private(set) var output: [UInt8] = []

  private let limits: HTTP2Limits
  private let role: HTTP2Session.Role
  private let isAnswered: Bool
  private let isGuarded: Bool
  private var now = Duration.zero
  private var streams: HTTP2Streams
  /// Bytes that may have gone out: some for each that came in, and what the answers are.
  private var outputMaximum = 4096

  private static let pause = Duration.microseconds(400)
  private static let requests = 4
  private static let body = [UInt8](repeating: 0x61, count: 3000)
  private static let ok: HeaderBlock = [":status": "200", "content-type": "application/grpc"]
  private static let trailers: HeaderBlock = ["grpc-status": "0"]
  private static let request: HeaderBlock = [
    ":method": "POST", ":scheme": "http", ":path": "/a.B/C", ":authority": "test",
  ]

  init(_ role: HTTP2Session.Role, isAnswered: Bool, patience: Int? = nil) throws(Finding) {
    self.role = role
    self.isAnswered = isAnswered
    isGuarded = patience != nil
    var limits = HTTP2Limits()
    limits.maxHeaderListBytes = 1024
    limits.maxHeaderFields = 20
    limits.initialStreamWindow = 4096
    limits.connectionWindow = 70_000
    for act in FloodGuard.Act.allCases where act != .endlessHeaders {
      limits.allowances[act] = .init(min(patience ?? 0, 1_000_000), perSecond: 100)
    }
    self.limits = limits
    streams = HTTP2Streams(role)
    guard let session = try? HTTP2Session(role, limits: limits) else {
      throw Finding("no session")
    }
    self.session = session
    guard role == .client else { return }
    for index in 0..<Self.requests {
      guard let stream = try? self.session.submitRequest(Self.request, endStream: index & 1 == 0)
      else { throw Finding("no request can be made") }
      streams.opened(stream)
      if index & 1 == 1 { try? self.session.write(Self.body, on: stream) }
      outputMaximum += 2 * Self.body.count
    }
    // An answer to what was never sent is another matter.
    output += self.session.takeOutput()
  }

  func receive(_ parts: [[UInt8]]) throws(Finding) {
    for part in parts {
      if isGuarded { session.tell(now) }
      now += Self.pause
      let wasEnding = session.isEnding
      let events = session.receive(part.span)
      try expect(events.isEmpty || !wasEnding, "events of a connection that has ended")
      outputMaximum += 4 * part.count
      for event in events { try take(event, part) }
      if isAnswered { try flush() }
    }
    try flush()
    try expect(session.isFinished || !session.isEnding, "an end that does not come")
  }

  /// The same bytes in parts mean the same. Of one who has said goodbye and has no stream left
  /// nghttp2 looks at no more than it has been given already.
  func checkParts(of whole: SessionRun) throws(Finding) {
    guard !whole.hasHeardGoodbye else {
      return try expect(seen.begin(whole.seen), "in parts: \(whole.seen) and \(seen)")
    }
    try expect(whole.seen == seen, "in parts: \(whole.seen) and \(seen)")
    try expect(whole.session.isEnding == session.isEnding, "only one of them ends")
    try expect(session.isEnding || whole.output == output, "the answers differ")
  }

  private var hasHeardGoodbye: Bool {
    seen.contains { event in
      guard case .goAway = event else { return false }
      return true
    }
  }

  /// A flood ends the connection with a reason; whatever else the guard does, nobody notices.
  func checkGuard(of unguarded: SessionRun) throws(Finding) {
    guard let flood = session.flood, flood != unguarded.session.flood else {
      try expect(seen == unguarded.seen, "the guard changes what is seen")
      return try expect(
        session.isEnding || output == unguarded.output, "the guard changes the answers")
    }
    try expect(session.isEnding && session.isFaulty, "a flood of \(flood.name) that goes on")
    try expect(seen.begin(unguarded.seen), "the guard of \(flood.name) changes what is seen")
    guard let verdict = session.verdict, session.complaint == verdict else {
      throw Finding("a flood of \(flood.name) without a reason")
    }
    try expect(
      unguarded.session.isEnding || output.suffix(verdict.utf8.count).elementsEqual(verdict.utf8),
      "the peer does not hear: \(verdict)")
  }

  private func flush() throws(Finding) {
    output += session.takeOutput()
    for event in session.takeEvents() { try take(event, []) }
    try expect(
      output.count <= outputMaximum, "\(output.count) bytes out where \(outputMaximum) may be")
    try expect(session.queuedFrames <= 8 + streams.count, "\(session.queuedFrames) frames wait")
  }

  private func take(_ event: HTTP2Event, _ bytes: [UInt8]) throws(Finding) {
    let seenEvent = SeenEvent(event, of: bytes)
    try streams.check(seenEvent, limits)
    seen.add(seenEvent)
    if isAnswered { answer(seenEvent) }
  }

  /// What an owner does, the stream's number deciding among several.
  private func answer(_ event: SeenEvent) {
    switch event {
    case .headers(let stream, let block, .request):
      guard stream.rawValue & 2 == 0 else { return session.reset(stream, .refusedStream) }
      outputMaximum += 2 * Self.body.count
      try? session.submitResponse(Self.ok, on: stream, endStream: block.isTruncated)
      try? session.write(Self.body, on: stream)
    case .data(let stream, let bytes):
      session.consumeConnection(bytes.count)
      if stream.rawValue & 4 == 0 { session.consume(bytes.count, on: stream) }
    case .endOfStream(let stream): try? session.finish(stream, trailers: Self.trailers)
    case .goAway: session.submitShutdownNotice()
    default: break
    }
  }
}
