import HTTP2
import RPC
import Testing
import WellKnown

@Suite struct ResponseHeadersTests {
  @Test("An error never grows past the header limit, and always keeps its code", arguments: [
    0, 10, 200, 1_000, 8 * 1024, 100_000,
  ])
  func capped(size: Int) {
    let limit = 4096
    var error = RPCError(.notFound, String(repeating: "ñ", count: size)).reason(
      "X", ["k": String(repeating: "v", count: size)])
    error.metadata.add("x-big", String(repeating: "b", count: size))
    error.metadata.add("x-small", "s")
    for block in [
      ResponseHeaders.trailers(error, [:], limit: limit),
      ResponseHeaders.trailersOnly(error, [:], limit: limit),
    ] {
      #expect(block.listBytes <= limit)
      #expect(block.first("grpc-status") == "5")
      #expect(block.first("x-small") == "s")
      #expect((block.first("x-big") != nil) == (size <= 1_000))
    }
  }

  @Test("Details and reason travel in grpc-status-details-bin")
  func details() throws {
    let error = RPCError(.unavailable, "down").reason("DRAINING", ["address": "a:1"])
    let block = ResponseHeaders.trailersOnly(error, [:], limit: 8192)
    let bytes = try #require(Metadata(block)[binary: "grpc-status-details-bin"])
    var received = RPCError(.unavailable, "down")
    received.details = StatusDetails.decode(bytes)
    #expect(received.reason == "DRAINING")
    #expect(received.errorInfo?.domain == "cabildo")
    #expect(received.errorInfo?.metadata == ["address": "a:1"])
  }

  @Test("Success without metadata is the shortest trailers there are")
  func success() {
    #expect(ResponseHeaders.trailers(nil, [:], limit: 8192) == ["grpc-status": "0"])
  }

  /// Trailers as another program may write them: a code of a later day, an escape nobody needs,
  /// details with fields that we do not know.
  private static let foreign: HeaderBlock = [
    "grpc-status": "17", "grpc-message": "%61b%2", "grpc-status-details-bin": "CBEqAXg",
    "grpc-retry-pushback-ms": "250", "x-own": "kept",
  ]

  @Test("A status that is passed on keeps every byte", arguments: [true, false])
  func relayed(hasHeaders: Bool) {
    var error = RPCError(.unknown, "ab%2", metadata: Metadata(Self.foreign))
    error.isRelayed = true
    let block =
      hasHeaders
      ? ResponseHeaders.trailers(error, ["x-more": "m"], limit: 8192)
      : ResponseHeaders.trailersOnly(error, ["x-more": "m"], limit: 8192)
    for (name, value) in [
      ("grpc-status", "17"), ("grpc-message", "%61b%2"), ("grpc-status-details-bin", "CBEqAXg"),
      ("grpc-retry-pushback-ms", "250"), ("x-own", "kept"), ("x-more", "m"),
    ] {
      #expect(Metadata(block).all(name) == [value])
    }
  }

  @Test("A status that is passed on and does not fit is cut as any other")
  func relayedTooLarge() {
    var block = HeaderBlock()
    block.append("grpc-status", "5")
    block.append("grpc-message", String(repeating: "m", count: 5_000))
    var error = RPCError(
      .notFound, String(repeating: "m", count: 5_000), metadata: Metadata(block))
    error.isRelayed = true
    let sent = ResponseHeaders.trailersOnly(error, [:], limit: 4096)
    #expect(sent.first("grpc-status") == "5")
    #expect(sent.listBytes <= 4096)
    #expect(sent.first("grpc-message")?.hasSuffix("m...") == true)
  }
}
