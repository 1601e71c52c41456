import HTTP2
import Testing

/// Two sessions of ours back to back: what one says the other hears.
@Suite struct HTTP2SessionTests {
  @Test("A call goes there and back: headers, bodies, trailers, and both sides see it end")
  func call() throws {
    let pair = try SessionPair()
    let stream = try pair.client.submitRequest(request, endStream: false)
    try pair.client.write([1, 2, 3], on: stream)
    try pair.client.finish(stream)
    pair.exchange()
    #expect(pair.serverBodies[stream] == [1, 2, 3])
    #expect(
      pair.serverEvents.contains {
        if case .headers(stream, let block, .request) = $0 {
          block.first(":path") == "/a.B/C"
        } else {
          false
        }
      })
    #expect(
      pair.serverEvents.contains { if case .endOfStream(stream) = $0 { true } else { false } })

    try pair.server.submitResponse(ok, on: stream, endStream: false)
    try pair.server.write([4, 5], on: stream)
    try pair.server.finish(stream, trailers: ["grpc-status": "0"])
    pair.exchange()
    #expect(pair.clientBodies[stream] == [4, 5])
    let kinds = pair.clientEvents.compactMap {
      if case .headers(_, _, let kind) = $0 { kind } else { nil }
    }
    #expect(kinds == [.response, .trailers])
    #expect(closings(pair.clientEvents) == [.noError])
    #expect(closings(pair.serverEvents) == [.noError])
  }

  @Test("A request that is withdrawn twice before it was sent costs the others nothing")
  func withdrawnTwice() throws {
    let pair = try SessionPair()
    let first = try pair.client.submitRequest(request, endStream: true)
    let second = try pair.client.submitRequest(request, endStream: true)
    pair.client.reset(first, .cancel)
    pair.client.reset(first, .cancel)
    pair.exchange()
    try pair.server.submitResponse(ok, on: second, endStream: true)
    pair.exchange()
    #expect(closings(pair.clientEvents) == [.cancel, .noError])
    #expect(closings(pair.serverEvents) == [.noError])
  }

  @Test(
    "A body arrives whole whatever its size and pieces",
    arguments: [[0], [1], [16_384], [16_385], [1_000_000], [5, 0, 70_000, 1], [65_535, 65_536]])
  func bodies(pieces: [Int]) throws {
    let pair = try SessionPair()
    let stream = try pair.client.submitRequest(request, endStream: true)
    pair.exchange()
    try pair.server.submitResponse(ok, on: stream, endStream: false)
    var expected: [UInt8] = []
    for (index, count) in pieces.enumerated() {
      let piece = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) }
      expected += piece
      try pair.server.write(piece, on: stream)
    }
    try pair.server.finish(stream)
    for _ in 0...(expected.count / 100_000) + 1 {
      pair.exchange()
      pair.client.consume(256 * 1024, on: stream)
    }
    #expect(pair.clientBodies[stream, default: []] == expected)
    #expect(closings(pair.clientEvents) == [.noError])
  }

  @Test("A queue over its mark is crowded until the reader has drained it, and says so once")
  func backPressure() throws {
    let pair = try SessionPair()
    let stream = try pair.client.submitRequest(request, endStream: true)
    pair.exchange()
    try pair.server.submitResponse(ok, on: stream, endStream: false)
    let limits = HTTP2Limits()
    let whole = limits.initialStreamWindow + limits.outboundHighWater
    try pair.server.write([UInt8](repeating: 0, count: whole), on: stream)
    pair.exchange()
    let isCrowded = pair.server.isCrowded(stream)
    #expect(isCrowded, "the reader took one window and no more")
    #expect(pair.clientBodies[stream]?.count == limits.initialStreamWindow)

    pair.client.consume(limits.initialStreamWindow, on: stream)
    pair.exchange()
    let isStillCrowded = pair.server.isCrowded(stream)
    #expect(!isStillCrowded)
    #expect(pair.serverEvents.count { if case .writable = $0 { true } else { false } } == 1)
    #expect(pair.clientBodies[stream]?.count == whole)
  }

  @Test("An answer before the request has ended is reported, so that the rest can be refused")
  func earlyAnswer() throws {
    let pair = try SessionPair()
    let stream = try pair.client.submitRequest(request, endStream: false)
    pair.exchange()
    try pair.server.submitResponse(ok, on: stream, endStream: true)
    pair.exchange()
    #expect(
      pair.serverEvents.contains { if case .sentEndOfStream(stream) = $0 { true } else { false } })
    pair.server.reset(stream, .noError)
    pair.exchange()
    #expect(closings(pair.clientEvents) == [.noError])
  }

  @Test("A header list over the limits is cut and says so; one at them is whole")
  func headerLimits() throws {
    var limits = HTTP2Limits()
    limits.maxHeaderFields = 10
    limits.maxHeaderListBytes = 1000
    for (fields, valueCount, isTruncated) in [
      (6, 1, false), (7, 1, true), (1, 700, false), (1, 900, true), (100, 1, true),
    ] {
      let pair = try SessionPair(limits)
      var headers = request
      for index in 0..<fields {
        headers.append("x-\(index)", String(repeating: "v", count: valueCount))
      }
      _ = try pair.client.submitRequest(headers, endStream: true)
      pair.exchange()
      let blocks = pair.serverEvents.compactMap {
        if case .headers(_, let block, _) = $0 { block } else { nil }
      }
      #expect(blocks.map(\.isTruncated) == [isTruncated], "\(fields) fields of \(valueCount)")
      #expect(blocks.first?.fieldsSeen == 4 + fields)
    }
  }

  @Test("GOAWAY arrives with its code and reason, and the connection is over once it is flushed")
  func goAway() throws {
    let pair = try SessionPair()
    pair.exchange()
    pair.server.terminate(.enhanceYourCalm, reason: "too_many_pings")
    pair.exchange()
    #expect(
      pair.clientEvents.contains {
        if case .goAway(_, .enhanceYourCalm, "too_many_pings") = $0 { true } else { false }
      })
    let isFinished = pair.server.isFinished
    #expect(isFinished)
  }

  @Test("A request that GOAWAY overtakes ends as refused: the server never saw it")
  func overtaken() throws {
    let pair = try SessionPair()
    pair.exchange()
    let stream = try pair.client.submitRequest(request, endStream: true)
    pair.server.goAway()
    _ = pair.client.receive(pair.serverOutput().span)
    pair.exchange()
    #expect(closings(pair.clientEvents) == [.refusedStream])
    let wasSeen = pair.serverEvents.contains {
      if case .headers(stream, _, _) = $0 { true } else { false }
    }
    #expect(!wasSeen)
  }

  @Test("A request between the saying of GOAWAY and the sending is beyond it, and stays so")
  func beyondGoAway() throws {
    let pair = try SessionPair()
    pair.exchange()
    let first = try pair.client.submitRequest(request, endStream: true)
    pair.exchange()
    pair.server.goAway()
    let second = try pair.client.submitRequest(request, endStream: true)
    _ = pair.server.receive(pair.clientOutput().span)
    let beyond = [first, second].map { pair.server.isBeyondGoAway($0) }
    #expect(beyond == [false, true])
    pair.server.goAway(reason: "again")
    pair.exchange()
    let lasts = pair.clientEvents.compactMap { event -> StreamID? in
      if case .goAway(let last, .noError, _) = event { last } else { nil }
    }
    #expect(lasts == [first, first])
    #expect(closings(pair.clientEvents) == [.refusedStream])
  }

  @Test("The number of streams announced is ours, not what nghttp2 enforces")
  func announcement() throws {
    var limits = HTTP2Limits()
    limits.maxConcurrentStreams = 7
    let pair = try SessionPair(limits)
    pair.exchange()
    let announced = pair.client.remoteMaxConcurrentStreams
    #expect(announced == 7)
  }

  @Test("A reset ends the stream on both sides with its code")
  func reset() throws {
    let pair = try SessionPair()
    let stream = try pair.client.submitRequest(request, endStream: true)
    pair.exchange()
    pair.client.reset(stream, .cancel)
    pair.exchange()
    #expect(closings(pair.serverEvents) == [.cancel])
    #expect(throws: HTTP2Error.streamUnavailable(stream)) {
      try pair.server.write([1], on: stream)
    }
  }

  private func closings(_ events: [HTTP2Event]) -> [HTTP2ErrorCode] {
    events.compactMap { if case .closed(_, let code) = $0 { code } else { nil } }
  }
}
