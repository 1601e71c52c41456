import Peers
import Testing

/// RFC 9113 5.2 and 6.9, where a row of a table cannot say it.
@Suite(.served, .serialized) struct FlowControlTests {
  /// `StreamingOutputCallRequest` with one response of so many bytes.
  private static func request(bytes: Int) -> [UInt8] {
    let size = [0x08] + varint(bytes)
    return [0x12, UInt8(size.count)] + size
  }

  private static func varint(_ value: Int) -> [UInt8] {
    value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + varint(value >> 7)
  }

  private static func framed(_ message: [UInt8]) -> [UInt8] {
    [0] + UInt32(message.count).bigEndianBytes + message
  }

  /// Opens a call of that method on stream 1 and sends its first message.
  private func call(_ peer: RawPeer, _ method: String, _ message: [UInt8], end: Bool = true) throws
  {
    var fields = Step.defaultRequest
    fields[2] = HeaderField(":path", "/grpc.testing.TestService/\(method)")
    try peer.send(Frame(.headers, .endHeaders, stream: 1, payload: fields.headerBlock))
    try peer.sendData(Self.framed(message), on: 1, end: end)
  }

  private func window(_ size: UInt32) -> [UInt8] { [0, 4] + size.bigEndianBytes }

  @Test("6.9.1: no DATA frame is longer than the window, and all of it is used")
  func windowOfOne() throws {
    let peer = try RawPeer.started(port: ServerUnderTest.port, settings: window(1))
    try call(peer, "StreamingOutputCall", Self.request(bytes: 20))
    try peer.listen(toEndOf: 1)
    let answer = peer.answer(on: 1)
    #expect(answer.data.count > 20)
    #expect(answer.dataLengths.allSatisfy { $0 <= 1 })
    #expect(answer.fields["grpc-status"] == "0")
  }

  @Test("6.9.2: a change of the initial window reaches open streams")
  func windowOpenedBySettings() throws {
    let peer = try RawPeer.started(port: ServerUnderTest.port, settings: window(0))
    try call(peer, "StreamingOutputCall", Self.request(bytes: 20))
    try peer.listen { !peer.answer(on: 1).blocks.isEmpty }
    try peer.listen(for: .milliseconds(50))
    #expect(peer.answer(on: 1).data.isEmpty)
    try peer.send(Frame(.settings, payload: window(10)))
    try peer.listen { peer.answer(on: 1).data.count >= 10 }
    #expect(peer.answer(on: 1).dataLengths.first == 10)
    try peer.listen(toEndOf: 1)
    #expect(peer.answer(on: 1).fields["grpc-status"] == "0")
  }

  @Test("6.9.2: a window may become negative, and is kept account of")
  func negativeWindow() throws {
    let peer = try RawPeer.started(port: ServerUnderTest.port, settings: window(100))
    peer.givesWindowBack = false
    try call(peer, "StreamingOutputCall", Self.request(bytes: 300))
    try peer.listen { peer.answer(on: 1).data.count == 100 }
    try peer.send(Frame(.settings, payload: window(50)))
    try peer.send(Frame(.windowUpdate, stream: 1, payload: UInt32(50).bigEndianBytes))
    try peer.listen(for: .milliseconds(50))
    #expect(peer.answer(on: 1).data.count == 100, "the window was 0")
    try peer.send(Frame(.windowUpdate, stream: 1, payload: UInt32(7).bigEndianBytes))
    try peer.listen { peer.answer(on: 1).data.count > 100 }
    #expect(peer.answer(on: 1).data.count == 107)
  }

  @Test("6.9.1: DATA beyond the window is refused, and the server held none of it up")
  func overflow() throws {
    let peer = try RawPeer.started(port: ServerUnderTest.port, settings: window(0))
    try call(peer, "FullDuplexCall", Self.request(bytes: 1_000_000), end: false)
    try peer.listen { !peer.answer(on: 1).blocks.isEmpty }
    let zeros = [UInt8](repeating: 0, count: Frame.maximumPayload)
    for _ in 0..<200 where !peer.isClosed {
      try peer.send(Frame(.data, stream: 1, payload: zeros))
    }
    try peer.listen { peer.answer(on: 1).resetCode != nil || peer.goAway != nil }
    let code = peer.answer(on: 1).resetCode ?? peer.goAway?.code
    #expect(code == ErrorCode.flowControlError.rawValue)
  }

  @Test("A reader that stops holds its sender back; another call on the connection goes on")
  func slowReader() throws {
    let peer = try RawPeer.started(port: ServerUnderTest.port)
    peer.givesWindowBack = false
    try call(peer, "StreamingOutputCall", Self.request(bytes: 1_000_000))
    try peer.listen { peer.answer(on: 1).data.count == 65_535 }
    try peer.send(Frame(.windowUpdate, payload: UInt32(1_000).bigEndianBytes))
    try peer.callEmpty(on: 3)
    #expect(peer.answer(on: 3).fields["grpc-status"] == "0")
    #expect(peer.answer(on: 1).data.count == 65_535)
  }
}
