import Peers
import Testing

/// "What you send, what you get" of `Protos/README.md`, row by row, against a running server.
@Suite(.served, .serialized) struct WhatYouSendTests {
  @Test("gRPC over HTTP/2", arguments: try ProtocolDocument.rows(under: 1))
  func requests(row: Row) throws { try play(row) }

  @Test("HTTP/2, RFC 9113", arguments: try ProtocolDocument.rows(under: 2))
  func frames(row: Row) throws { try play(row) }

  @Test("HPACK, RFC 7541", arguments: try ProtocolDocument.rows(under: 3))
  func headerBlocks(row: Row) throws { try play(row) }

  @Test("Other protocols", arguments: try ProtocolDocument.rows(under: 4))
  func otherProtocols(row: Row) throws { try play(row) }

  private func play(_ row: Row) throws {
    let outcome = try Player(port: ServerUnderTest.port).play(row)
    #expect(outcome.httpStatus == row.httpStatus, "\(outcome)")
    #expect(outcome.grpcStatus == row.grpcStatus, "\(outcome)")
    for text in row.holds { #expect(outcome.text.contains(text), "\(outcome)") }
    for frame in row.frames { #expect(outcome.frames.contains(frame), "\(outcome)") }
    #expect(outcome.unforeseen.isEmpty, "\(outcome)")
    if row.survives { #expect(outcome.survived, "the connection serves no more: \(outcome)") }
    let next = try RawPeer.started(port: ServerUnderTest.port)
    try next.callEmpty(on: 1)
    #expect(next.answer(on: 1).fields["grpc-status"] == "0", "the next caller is not served")
  }
}
