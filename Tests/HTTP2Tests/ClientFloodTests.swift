import HTTP2
import Testing

/// What a server may not do too often to a client: frames as they come, and whether the bucket of
/// their kind grows emptier by them.
@Suite struct ClientFloodTests {
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let frame: String
    let costs: FloodGuard.Act?

    init(_ says: String, _ frame: String, costs: FloodGuard.Act? = nil) {
      testDescription = says
      self.frame = frame
      self.costs = costs
    }
  }

  /// Stream 1 is a call that waits for its answer; 3 is one that was cancelled.
  static let cases = [
    Case("response headers", "000001 01 04 00000001 88"),
    Case("SETTINGS", "000000 04 00 00000000", costs: .settings),
    Case("PING", "000008 06 00 00000000 0000000000000000", costs: .ping),
    Case("PING ACK that nobody asked for", "000008 06 01 00000000 0000000000000000", costs: .ping),
    Case("PRIORITY", "000005 02 00 00000001 0000000010", costs: .priority),
    Case("WINDOW_UPDATE", "000004 08 00 00000001 00000001", costs: .windowUpdate),
    Case("an unknown frame", "000000 77 00 00000000", costs: .unknownFrame),
    Case("GOAWAY", "000008 07 00 00000000 0000000300000000", costs: .unknownFrame),
    Case("DATA without bytes", "000001 01 04 00000001 88 000000 00 00 00000001", costs: .emptyData),
    Case("DATA with bytes", "000001 01 04 00000001 88 000001 00 00 00000001 00"),
    Case(
      "DATA without bytes that ends the stream", "000001 01 04 00000001 88 000000 00 01 00000001"),
    Case("RST_STREAM", "000004 03 00 00000001 00000008"),
    Case("RST_STREAM that crosses ours", "000004 03 00 00000003 00000008", costs: .lateReset),
    Case("an answer that has to be reset for its errors", "000001 01 04 00000001 82"),
  ]

  @Test("What costs a token, and what does not", arguments: cases)
  func costs(_ test: Case) throws {
    for act in FloodGuard.Act.allCases {
      var limits = HTTP2Limits()
      limits.allowances[act] = .init(0, perSecond: 0)
      let client = try FloodedClient(limits)
      client.hear(test.frame)
      #expect(
        client.flood == (act == test.costs ? act : nil), "with no token for \(act.name)")
    }
  }

  @Test("A flood is answered with ENHANCE_YOUR_CALM and a reason")
  func goAway() throws {
    let client = try FloodedClient(HTTP2Limits())
    for _ in 0..<200 { client.hear("000000 04 00 00000000") }
    #expect(client.flood == nil)
    client.hear("000000 04 00 00000000")
    #expect(client.flood == .settings)
    let reason = Array("flood: too many SETTINGS".utf8)
    let goAway: [UInt8] = [0, 0, UInt8(8 + reason.count), 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11]
    #expect(client.said.suffix(goAway.count + reason.count) == goAway + reason)
  }

  @Test("Streams that a client opens bring tokens back")
  func streams() throws {
    var limits = HTTP2Limits()
    limits.allowances[.emptyData] = .init(1, perSecond: 0, perStream: 1)
    let client = try FloodedClient(limits)
    var stream: UInt8 = 1
    for _ in 0..<20 {
      client.hear("000001 01 04 000000" + hex(stream) + "88 000000 00 00 000000" + hex(stream))
      #expect(client.flood == nil)
      stream = try client.open()
    }
    client.hear("000001 01 04 000000" + hex(stream) + "88")
    for _ in 0..<2 { client.hear("000000 00 00 000000" + hex(stream)) }
    #expect(client.flood == .emptyData)
  }

  private func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return String(repeating: "0", count: 2 - digits.count) + digits
  }
}

/// A client's session that hears frames written by hand.
private final class FloodedClient {
  private var session: HTTP2Session
  private(set) var said: [UInt8] = []

  var flood: FloodGuard.Act? { session.flood }

  init(_ limits: HTTP2Limits) throws {
    session = try HTTP2Session(.client, limits: limits)
    // The first SETTINGS are no flood: they come before anybody tells the time.
    hear("000000 04 00 00000000 000000 04 01 00000000")
    session.tell(.zero)
    _ = try open()
    session.reset(StreamID(Int32(try open())), .cancel)
    flush()
  }

  /// Another call, whose request stays open.
  func open() throws -> UInt8 {
    let stream = try session.submitRequest(request, endStream: false)
    flush()
    return UInt8(stream.rawValue)
  }

  func hear(_ frames: String) {
    let digits = Array(frames.filter { $0 != " " })
    let bytes = stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(digits[$0...($0 + 1)]), radix: 16)!
    }
    _ = session.receive(bytes.span)
    flush()
  }

  private func flush() {
    while session.nextOutput({ span in for index in span.indices { said.append(span[index]) } }) {}
  }
}
