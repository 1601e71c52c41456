import Peers
import Testing

/// "A call, byte by byte" of `Protos/README.md`, sent and compared.
@Suite(.served, .serialized) struct WorkedCallTests {
  @Test("The written bytes are answered with the written frames")
  func call() throws {
    let peer = try RawPeer(port: ServerUnderTest.port)
    try peer.send(ProtocolDocument.hex("request"))
    try peer.listen(toEndOf: 1)
    var written = try ProtocolDocument.hex("response")[...]
    var frames: [Frame] = []
    while let frame = Frame(takingFrom: &written) { frames.append(frame) }
    #expect(written.isEmpty)
    #expect(peer.received.first == frames.first)
    #expect(
      peer.received.filter { $0.stream == 1 && $0.kind != .windowUpdate }
        == Array(frames.dropFirst()))
  }

  @Test("The bytes may come one by one")
  func callInPieces() throws {
    let peer = try RawPeer(port: ServerUnderTest.port)
    for byte in try ProtocolDocument.hex("request") { try peer.send([byte]) }
    try peer.listen(toEndOf: 1)
    #expect(peer.answer(on: 1).fields["grpc-status"] == "0")
    #expect(peer.answer(on: 1).data.count == 5 + 7)
  }

  @Test("The first frame of both sides is SETTINGS (RFC 9113 3.4)")
  func settingsFirst() throws {
    let peer = try RawPeer(port: ServerUnderTest.port)
    try peer.send(RawPeer.preface)
    try peer.listen { !peer.received.isEmpty }
    #expect(peer.received.first?.kind == .settings)
    try peer.send(Frame(.ping, payload: [UInt8](repeating: 0, count: 8)))
    try peer.listenToEnd()
    #expect(peer.goAway?.code == ErrorCode.protocolError.rawValue)
  }
}
