import Peers
import Testing

/// Clients that go without a word, in the middle of whatever they did.
@Suite(.served, .serialized) struct VanishingClientTests {
  enum Way: CaseIterable { case close, reset }
  enum Moment: CaseIterable { case opened, midHeaders, midMessage, waiting, receiving }

  @Test("A client vanishes and the next is served", arguments: Moment.allCases, Way.allCases)
  func vanishing(moment: Moment, way: Way) throws {
    for _ in 0..<20 { try vanish(at: moment, way) }
    let next = try RawPeer.started(port: ServerUnderTest.port)
    try next.callEmpty(on: 1)
    #expect(next.answer(on: 1).fields["grpc-status"] == "0")
  }

  private func vanish(at moment: Moment, _ way: Way) throws {
    let steps: [String] =
      switch moment {
      case .opened: []
      case .midHeaders: ["HEADERS more"]
      case .midMessage: ["HEADERS", "DATA 00 00001000 0a02"]
      case .waiting:
        ["HEADERS :path=/grpc.testing.TestService/FullDuplexCall", "MESSAGE 120208ffffffff07"]
      case .receiving:
        [
          "HEADERS :path=/grpc.testing.TestService/StreamingOutputCall",
          "MESSAGE end 120408c0843d",
        ]
      }
    let peer = try RawPeer.started(port: ServerUnderTest.port)
    for step in try steps.flatMap(Step.parse) { try Player.perform(step, with: peer) }
    if moment == .receiving { try peer.listen { !peer.answer(on: 1).data.isEmpty } }
    if way == .reset { peer.resetOnClose() }
  }
}
