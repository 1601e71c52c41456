import HTTP2
import RPC
import Testing
import WellKnown

@testable import cabildo_gateway

/// How a call ended passes through to the byte.
@Suite struct StatusTests {
  /// Ends with the code in its message's first byte, after as many messages as the second says.
  private static let fails = ServerMethod("/test.T/Fails", .serverStreaming) { call in
    let wish = try await call.stream.nextMessage() ?? []
    for _ in 0..<(wish.dropFirst().first ?? 0) {
      try await call.stream.send(MessageFrame(payload: [9]))
    }
    call.stream.setTrailingMetadata(["x-trailing": "t"])
    var error = RPCError(
      StatusCode(rawValue: Int(wish[0])) ?? .unknown, "\t\nñandú 😈 100% \u{1}",
      metadata: ["x-error": "e"]
    ).reason("SOME_REASON", ["k": "v"])
    error.details.append(.init(packing: GoogleRPC.LocalizedMessage(locale: "es", message: "no")))
    throw error
  }

  @Test(
    "Every code, with message, details and trailing metadata",
    arguments: StatusCode.allCases, [0, 3])
  func codes(code: StatusCode, messagesBefore: UInt8) async throws {
    try await withGateway([Self.fails]) { gateway in
      let wish = [UInt8(code.rawValue), messagesBefore]
      let direct = await gateway.direct.outcome(of: "/test.T/Fails", .serverStreaming, [wish])
      let through = await gateway.client.outcome(of: "/test.T/Fails", .serverStreaming, [wish])
      #expect(through.comparable == direct.comparable)
      #expect(through.error?.code == code)
      #expect(through.payloads.count == Int(messagesBefore))
      for name in [
        "grpc-status", "grpc-message", "grpc-status-details-bin", "x-error", "x-trailing",
      ] {
        let field = through.error?.metadata.field(name)
        #expect(field == direct.error?.metadata.field(name))
        #expect(field != nil, "\(name)")
      }
    }
  }

  @Test(
    "What another program writes differently, or means by a code of a later day, stays as it is",
    arguments: [
      ["grpc-status": "5", "grpc-message": "%61%62 plain %"],
      ["grpc-status": "17", "grpc-message": "later"],
      ["grpc-status": "9", "grpc-status-details-bin": "CAkqAXg="],
      ["grpc-status": "14", "grpc-retry-pushback-ms": "100"],
      ["grpc-status": "2", "grpc-message": String(repeating: "m", count: 5_000)],
    ] as [HeaderBlock])
  func foreign(trailers: HeaderBlock) async throws {
    let foreign = ServerMethod("/test.T/Foreign", .unary) { _ in
      var error = RPCError(.unknown, "", metadata: Metadata(trailers))
      error.isRelayed = true
      throw error
    }
    try await withGateway([foreign]) { gateway in
      let through = await gateway.client.outcome(of: "/test.T/Foreign", .unary)
      for index in 0..<trailers.count {
        let name = String(decoding: trailers.name(index), as: UTF8.self)
        #expect(through.error?.metadata.field(name) == trailers.value(index), "\(name)")
      }
    }
  }

  @Test("An answer that is no gRPC names the service and not its address")
  func malformed() async throws {
    let flagged = ServerMethod("/test.T/Flagged", .unary) { call in
      try await call.stream.send(MessageFrame(payload: [1], compressed: true))
    }
    try await withGateway([flagged]) { gateway in
      let through = await gateway.client.outcome(of: "/test.T/Flagged", .unary)
      #expect(through.error?.code == .internal)
      #expect(through.error?.reason == "MALFORMED_MESSAGE")
      #expect(through.error?.message.hasPrefix("test: ") == true)
      #expect(through.error?.message.contains("127.0.0.1") == false)
    }
  }
}
