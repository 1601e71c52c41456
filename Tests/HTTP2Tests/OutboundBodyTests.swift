import Testing

@testable import HTTP2

/// What waits to go out on a stream, and what is kept for it.
@Suite struct OutboundBodyTests {
  private static func take(_ count: Int, of body: OutboundBody) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { room, taken in
      var output = unsafe OutputRawSpan(
        buffer: UnsafeMutableRawBufferPointer(room), initializedCount: 0)
      _ = body.fill(&output, limits: HTTP2Limits())
      taken = unsafe output.finalize(for: UnsafeMutableRawBufferPointer(room))
    }
  }

  @Test("Of a large message what is sent is not kept, and what is sent is the message")
  func trims() {
    let message = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let body = OutboundBody()
    body.append(message, limits: HTTP2Limits())
    body.append([1, 2, 3], limits: HTTP2Limits())
    var sent: [UInt8] = []
    while body.queuedBytes > 0 {
      sent += Self.take(16_384, of: body)
      let most = body.queuedBytes + 2 * OutboundBody.pieceBytes
      #expect(body.keptBytes < most, "of \(body.queuedBytes)")
    }
    #expect(sent == message + [1, 2, 3])
    #expect(body.keptBytes == 0)
  }
}
