import Peers
import Testing

/// Messages are compressed only towards those who said that they take it.
@Suite(.served, .serialized) struct CompressionTests {
  @Test(
    "The compressed flag of an answer whose handler compresses",
    arguments: [
      ("", 0), ("grpc-accept-encoding=identity", 0), ("grpc-accept-encoding=deflate,br", 0),
      ("grpc-accept-encoding=identity,gzip", 1), ("grpc-accept-encoding=\"deflate, gzip\"", 1),
    ])
  func flag(header: String, expected: UInt8) throws {
    let peer = try RawPeer.started(port: ServerUnderTest.port)
    let call = "HEADERS :path=/grpc.testing.TestService/UnaryCall \(header)"
    // response_size: 1000, response_compressed: true
    for step in try [call, "MESSAGE end 10e807 32020801"].flatMap(Step.parse) {
      try Player.perform(step, with: peer)
    }
    try peer.listen(toEndOf: 1)
    let answer = peer.answer(on: 1)
    #expect(answer.fields["grpc-status"] == "0")
    #expect(answer.data.first == expected)
    #expect(answer.fields["grpc-encoding"] == (expected == 1 ? "gzip" : nil))
    #expect((answer.data.count < 1000) == (expected == 1))
  }
}
