import Peers
import RPC
import RPCClient
import Testing

@testable import cabildo_gateway

/// Compressed messages stay compressed where both ends take that, and each flag is right.
@Suite struct CompressionTests {
  private static let zeros = [UInt8](repeating: 0, count: 5_000)

  /// Notes how its messages came, and answers each compressed or not, as its first byte says.
  private static func service(_ seen: Notes<InboundMessage>) -> ServerMethod {
    ServerMethod("/test.T/Mixed", .bidirectional) { call in
      call.stream.setCompression(false)
      while let message = try await call.stream.nextInbound() {
        seen.add(message)
        let wish = try message.inflated(.gzip, limit: 10_000, .serverReceive).first
        call.stream.setCompression(wish == 1)
        try await call.stream.send(MessageFrame(payload: zeros))
      }
    }
  }

  @Test(
    "Requests keep their flag, message by message",
    arguments: [[true], [false], [true, false, true]])
  func requests(flags: [Bool]) async throws {
    let seen = Notes<InboundMessage>()
    try await withGateway([Self.service(seen)]) { gateway in
      let stream = try await gateway.client.open(
        ClientRequest("/test.T/Mixed", .bidirectional, CallOptions(compress: true)))
      for flag in flags {
        try await stream.send(MessageFrame(payload: Self.zeros), compress: flag)
      }
      try await stream.finishSending()
      for _ in flags { #expect(try await stream.nextMessage() == Self.zeros) }
      #expect(seen.all.map(\.isCompressed) == flags)
      #expect(seen.all.map { $0.bytes.count < 1_000 } == flags)
    }
  }

  @Test("A unary message in a call that announces gzip and is not compressed stays so")
  func announcedOnly() async throws {
    let seen = Notes<InboundMessage>()
    try await withGateway([Self.service(seen)]) { gateway in
      let stream = try await gateway.client.open(
        ClientRequest("/test.T/Mixed", .bidirectional, CallOptions(compress: true)))
      try await stream.send(MessageFrame(payload: [0]), compress: false)
      try await stream.finishSending()
      #expect(try await stream.nextInbound()?.isCompressed == false)
      #expect(seen.all.map(\.isCompressed) == [false])
    }
  }

  @Test(
    "Answers keep theirs where the caller takes gzip, and are inflated where it does not",
    arguments: [
      ("identity,gzip", 1 as UInt8, 1 as UInt8), ("identity,gzip", 0, 0), ("identity", 1, 0),
      ("deflate", 1, 0), (nil, 1, 0), (nil, 0, 0),
    ])
  func answers(accepted: String?, isWished: UInt8, flag: UInt8) async throws {
    let seen = Notes<InboundMessage>()
    try await withGateway([Self.service(seen)]) { gateway in
      let answer = try await onThread {
        let peer = try RawPeer.started(port: gateway.port)
        var fields = [
          HeaderField(":method", "POST"), HeaderField(":scheme", "http"),
          HeaderField(":path", "/test.T/Mixed"), HeaderField(":authority", "localhost"),
          HeaderField("te", "trailers"), HeaderField("content-type", "application/grpc"),
        ]
        if let accepted { fields.append(HeaderField("grpc-accept-encoding", accepted)) }
        try peer.send(Frame(.headers, .endHeaders, stream: 1, payload: fields.headerBlock))
        try peer.sendData([0, 0, 0, 0, 1, isWished], on: 1, end: true)
        try peer.listen(toEndOf: 1)
        return peer.answer(on: 1)
      }
      #expect(answer.fields["grpc-status"] == "0")
      #expect(answer.data.first == flag)
      #expect((answer.data.count < 1_000) == (flag == 1))
      #expect((answer.fields["grpc-encoding"] == "gzip") == (accepted?.contains("gzip") == true))
    }
  }

  @Test("A bomb is not inflated here: the service refuses it")
  func bomb() async throws {
    let bytes = MessageFrame(
      payload: Gzip.compress([UInt8](repeating: 0, count: 40 << 20)), compressed: true)
    let reads = ServerMethod("/test.T/Reads", .unary) { call in
      _ = try await call.stream.nextMessage()
    }
    try await withGateway([reads]) { gateway in
      let stream = try await gateway.client.open(
        ClientRequest("/test.T/Reads", .bidirectional, CallOptions(compress: true)))
      try await stream.send(bytes, compress: false)
      try await stream.finishSending()
      let error = await #expect(throws: RPCError.self) { try await stream.nextMessage() }
      #expect(error?.code == .resourceExhausted)
    }
  }
}
