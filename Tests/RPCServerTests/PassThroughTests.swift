import RPC
import RPCClient
import RPCServer
import Testing

/// What those need who pass calls on undecoded: messages as they came, headers ahead of them.
@Suite struct PassThroughTests {
  @Test("A message is handed over as it came and goes out as it is", arguments: [true, false])
  func compression(isCompressed: Bool) async throws {
    let seen = Notes<InboundMessage>()
    let mirror = ServerMethod("/test.Test/Mirror", .bidirectional) { call in
      call.stream.setCompression(false)
      while let message = try await call.stream.nextInbound() {
        seen.add(message)
        try await call.stream.send(MessageFrame(message))
      }
    }
    let zeros = [UInt8](repeating: 0, count: 10_000)
    try await withServer([mirror]) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        let stream = try await channel.open(
          ClientRequest(
            "/test.Test/Mirror", .bidirectional, CallOptions(compress: isCompressed),
            soleMessage: MessageFrame(payload: zeros)))
        let answer = try #require(try await stream.nextInbound())
        #expect(answer == seen.all.first)
        #expect(answer.isCompressed == isCompressed)
        #expect((answer.bytes.count < 1_000) == isCompressed)
        #expect(try answer.inflated(.gzip, limit: 10_000, .clientReceive) == zeros)
        #expect(try await stream.nextInbound() == nil)
      }
    }
  }

  @Test("What is there is found without waiting, and whether it is the last")
  func arrivals() async throws {
    let seen = Notes<String>()
    let look = ServerMethod("/test.Test/Look", .bidirectional) { call in
      for _ in 0..<2 {
        switch try call.stream.takeInbound() {
        case .message(let message, let isLast): seen.add("\(message.bytes) \(isLast)")
        case .end: seen.add("end")
        case .nothingYet: seen.add("nothing yet")
        }
      }
      try await call.stream.send(MessageFrame(payload: []))
      while try await call.stream.nextInbound() != nil {}
    }
    try await withServer([look]) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        _ = try await channel.open(
          ClientRequest(
            "/test.Test/Look", .bidirectional, soleMessage: MessageFrame(payload: [7]))
        ).soleMessage()
        let open = try await channel.open(ClientRequest("/test.Test/Look", .bidirectional))
        #expect(try await open.nextMessage() == [])
        try await open.finishSending()
        #expect(try await open.nextMessage() == nil)
      }
    }
    #expect(seen.all == ["[7] true", "end", "nothing yet", "nothing yet"])
  }

  @Test("Initial metadata can go ahead of the first message")
  func headersFirst() async throws {
    let slow = ServerMethod("/test.Test/Slow", .bidirectional) { call in
      call.stream.setInitialMetadata(["x-early": "yes"])
      try await call.stream.sendInitialMetadata()
      call.stream.setInitialMetadata(["x-late": "no"])
      _ = try await call.stream.nextMessage()
      try await call.stream.send(MessageFrame(payload: [1]))
    }
    try await withServer([slow]) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        let stream = try await channel.open(ClientRequest("/test.Test/Slow", .bidirectional))
        let metadata = try await stream.initialMetadata()
        #expect(metadata["x-early"] == "yes")
        #expect(metadata["x-late"] == nil)
        try await stream.finishSending()
        #expect(try await stream.soleMessage() == [1])
      }
    }
  }

  @Test("A compressed flag without grpc-encoding is refused, also where nobody inflates")
  func flagWithoutEncoding() async throws {
    let sink = ServerMethod("/test.Test/Sink", .bidirectional) { call in
      while try await call.stream.nextInbound() != nil {}
    }
    try await withServer([sink]) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        let error = await failure {
          let stream = try await channel.open(ClientRequest("/test.Test/Sink", .bidirectional))
          try await stream.send(MessageFrame(payload: [1], compressed: true), compress: false)
          try await stream.finishSending()
          _ = try await stream.nextMessage()
        }
        #expect(error?.code == .internal)
        #expect(error?.reason == "MALFORMED_MESSAGE")
      }
    }
  }
}
