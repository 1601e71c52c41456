import HTTP2
import Testing

/// What costs a token and what does not: frames as they come, and whether the bucket of their kind
/// grows emptier by them.
@Suite struct FloodGuardTests {
  struct Case: CustomTestStringConvertible {
    let says: String
    /// Frames in hex; `H` opens the next stream with a request, `E` the same without END_STREAM.
    let frames: String
    let costs: FloodGuard.Act?

    init(_ says: String, _ frames: String, costs: FloodGuard.Act? = nil) {
      self.says = says
      self.frames = frames
      self.costs = costs
    }

    var testDescription: String { says }
  }

  @Test(
    "What costs a token, and what does not",
    arguments: [
      Case("a call", "H"),
      Case("a call that is reset within a millisecond", "E RST", costs: .rapidReset),
      Case("a call that is reset after two milliseconds", "E WAIT RST"),
      Case("a call that is reset at once, but after it was answered", "E ANSWER RST"),
      Case("a reset that crosses the end of its stream", "H ANSWER-WHOLE RST", costs: .lateReset),
      Case("WINDOW_UPDATE", "000004 08 00 00000000 00000001", costs: .windowUpdate),
      Case("SETTINGS", "000000 04 00 00000000", costs: .settings),
      Case("PING", "000008 06 00 00000000 0000000000000000", costs: .ping),
      Case(
        "PING ACK that nobody asked for", "000008 06 01 00000000 0000000000000000", costs: .ping),
      Case("PRIORITY", "000005 02 00 00000001 0000000010", costs: .priority),
      Case("an unknown frame", "000000 77 00 00000000", costs: .unknownFrame),
      Case("an unknown frame on a stream", "E 000003 77 00 STREAM 010203", costs: .unknownFrame),
      Case("GOAWAY", "000008 07 00 00000000 0000000000000000", costs: .unknownFrame),
      Case("DATA with bytes", "E 000001 00 00 STREAM 00"),
      Case("DATA without bytes", "E 000000 00 00 STREAM", costs: .emptyData),
      Case("DATA of nothing but padding", "E 000003 00 08 STREAM 020000", costs: .emptyData),
      Case("DATA without bytes that ends the stream", "E 000000 00 01 STREAM"),
      Case("CONTINUATION with bytes", "MORE 000001 09 04 STREAM 90"),
      Case("CONTINUATION without bytes", "MORE 000000 09 04 STREAM", costs: .emptyContinuation),
      Case("a request that breaks a rule", "BAD", costs: .provokedReset),
      Case("a window beyond its end", "E 000004 08 00 STREAM 7fffffff", costs: .provokedReset),
    ])
  func costs(_ test: Case) throws {
    for act in FloodGuard.Act.allCases {
      var limits = HTTP2Limits()
      limits.allowances[act] = .init(0, perSecond: 0)
      // A window beyond its end takes a WINDOW_UPDATE, which costs one itself.
      if test.costs == .provokedReset, act == .windowUpdate { continue }
      let peer = try FloodingPeer(limits)
      try peer.say(test.frames)
      #expect(
        peer.flood == (act == test.costs ? act : nil),
        "with no token for \(act.name)")
    }
  }

  @Test("A flood is answered with ENHANCE_YOUR_CALM and a reason, and nothing after it")
  func goAway() throws {
    var limits = HTTP2Limits()
    limits.allowances[.priority] = .init(3, perSecond: 0)
    let peer = try FloodingPeer(limits)
    for _ in 0..<3 { try peer.say("000005 02 00 00000001 0000000010") }
    #expect(peer.flood == nil)
    try peer.say("000005 02 00 00000001 0000000010")
    #expect(peer.flood == .priority)
    let last = peer.heard.suffix(17 + 24)
    #expect(String(decoding: last, as: UTF8.self).hasSuffix("flood: too many PRIORITY"))
    #expect(peer.isFinished)
    try peer.say("H")
    #expect(peer.heardLately.isEmpty)
  }

  // MARK: Buckets

  @Test("A bucket holds its burst, and time brings tokens back")
  func time() {
    var floods = FloodGuard(allowing(.settings, .init(5, perSecond: 10)))
    #expect(floods.spent(6, on: .settings) == 5)
    floods.advance(toMicroseconds: 99_999)
    #expect(floods.spent(1, on: .settings) == 0)
    floods.advance(toMicroseconds: 200_000)
    #expect(floods.spent(3, on: .settings) == 2)
    floods.advance(toMicroseconds: 1_000_000_000_000)
    #expect(floods.spent(6, on: .settings) == 5)
  }

  @Test("Streams and DATA frames bring tokens back, never more than the bucket holds")
  func inProportion() {
    var floods = FloodGuard(
      allowing(.windowUpdate, .init(4, perSecond: 0, perStream: 1, perDataFrame: 2)))
    for _ in 0..<100 {
      floods.streamOpened()
      floods.dataFrameSent()
      #expect(floods.spent(3, on: .windowUpdate) == 3)
    }
    for _ in 0..<100 { floods.dataFrameSent() }
    #expect(floods.spent(10, on: .windowUpdate) == 4)
  }

  @Test("One act does not use up another's tokens", arguments: FloodGuard.Act.allCases)
  func apart(act: FloodGuard.Act) {
    var floods = FloodGuard()
    while floods.spend(act) {}
    for other in FloodGuard.Act.allCases where other != act && other != .endlessHeaders {
      #expect(floods.spent(1, on: other) == 1)
    }
  }

  private func allowing(_ act: FloodGuard.Act, _ allowance: FloodGuard.Allowance)
    -> FloodGuard.Allowances
  {
    var allowances = FloodGuard.Allowances()
    allowances[act] = allowance
    return allowances
  }
}

extension FloodGuard {
  /// How many of so many tokens there were.
  fileprivate mutating func spent(_ count: Int, on act: Act) -> Int {
    var spent = 0
    for _ in 0..<count where spend(act) { spent += 1 }
    return spent
  }
}

/// A client that writes frames by hand to a server's session.
private final class FloodingPeer {
  private var session: HTTP2Session
  var flood: FloodGuard.Act? { session.flood }
  var isFinished: Bool { session.isFinished }
  private(set) var heard: [UInt8] = []
  private(set) var heardLately: [UInt8] = []
  private var now = Duration.zero
  private var stream: UInt32 = 0xffff_ffff

  /// :method POST, :scheme http, :path /, :authority a.
  private static let request = "83 86 84 41 01 61"

  init(_ limits: HTTP2Limits) throws {
    session = try HTTP2Session(.server, limits: limits)
    let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    // The first SETTINGS are no flood: they come before anybody tells the time.
    take(preface + [0, 0, 0, 4, 0, 0, 0, 0, 0] + [0, 0, 0, 4, 1, 0, 0, 0, 0])
    session.tell(now)
  }

  func say(_ frames: String) throws {
    heardLately = []
    for word in frames.split(separator: " ") { words.append(String(word)) }
    while !words.isEmpty { try sayNext() }
    flush()
  }

  private var words: [String] = []

  private func sayNext() throws {
    let word = words.removeFirst()
    switch word {
    case "H": open(flags: "05")
    case "E": open(flags: "04")
    case "MORE": open(flags: "00")
    case "BAD":
      stream &+= 2
      take(bytes("000001 01 05 \(number) 83"))
    case "RST": take(bytes("000004 03 00 \(number) 00000008"))
    case "WAIT":
      now += .milliseconds(2)
      session.tell(now)
    case "ANSWER":
      try session.submitResponse(ok, on: StreamID(Int32(stream)), endStream: false)
      flush()
    case "ANSWER-WHOLE":
      try session.submitResponse(ok, on: StreamID(Int32(stream)), endStream: true)
      flush()
    case "STREAM": pending += bytes(number)
    default: pending += bytes(word)
    }
    if isWhole { take(pending.take()) }
  }

  private var pending: [UInt8] = []
  private var isWhole: Bool {
    guard pending.count >= 9 else { return false }
    return pending.count == 9 + Int(pending[0]) << 16 + Int(pending[1]) << 8 + Int(pending[2])
  }

  private var number: String {
    let digits = String(stream, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  private func open(flags: String) {
    stream &+= 2
    take(bytes("000006 01 \(flags) \(number) \(Self.request)"))
  }

  private func take(_ bytes: [UInt8]) {
    _ = session.receive(bytes.span)
    flush()
  }

  private func flush() {
    while session.nextOutput({ span in for index in span.indices { heardLately.append(span[index]) }
    }) {}
    heard += heardLately
  }

  private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.filter { $0 != " " }
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(digits.dropFirst($0).prefix(2), radix: 16)
    }
  }
}

extension [UInt8] {
  fileprivate mutating func take() -> [UInt8] {
    defer { self = [] }
    return self
  }
}
