import HTTP2
import RPC
import RPCClient
import RPCServer
import Testing

/// A slow reader holds its sender back, in both directions; nothing piles up in between.
@Suite struct BackPressureTests {
  private static let messageBytes = 10_000

  @Test("A caller that does not read stops the handler's sending")
  func slowCaller() async throws {
    let sent = Notes<Void>()
    let flood = ServerMethod("/test.Test/Flood", .serverStreaming) { call in
      let message = MessageFrame(payload: [UInt8](repeating: 1, count: Self.messageBytes))
      for _ in 0..<2_000 {
        try await call.stream.send(message)
        sent.add(())
      }
    }
    try await withServer([flood]) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        let stream = try await channel.open(
          ClientRequest(
            "/test.Test/Flood", .serverStreaming, soleMessage: MessageFrame(payload: [])))
        try await settled(sent)
        let limits = HTTP2Limits()
        let configuration = ChannelConfiguration()
        let room =
          limits.initialStreamWindow + limits.outboundHighWater + configuration.maxWaitingBytes
        #expect(sent.all.count * Self.messageBytes <= room + 4 * Self.messageBytes)

        var received = 0
        while try await stream.nextMessage() != nil { received += 1 }
        #expect(received == 2_000)
      }
    }
  }

  @Test("A handler that does not read stops the caller's sending")
  func slowHandler() async throws {
    let (gate, open) = AsyncStream.makeStream(of: Void.self)
    let sink = ServerMethod("/test.Test/Sink", .clientStreaming) { call in
      for await _ in gate { break }
      var count = 0
      while try await call.stream.nextMessage() != nil { count += 1 }
      try await call.stream.send(MessageFrame(payload: Array("\(count)".utf8)))
    }
    try await withServer([sink]) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        let sent = Notes<Void>()
        let stream = try await channel.open(ClientRequest("/test.Test/Sink", .clientStreaming))
        let sender = Task {
          let message = MessageFrame(payload: [UInt8](repeating: 1, count: Self.messageBytes))
          for _ in 0..<2_000 {
            try await stream.send(message, compress: false)
            sent.add(())
          }
          try await stream.finishSending()
        }
        try await settled(sent)
        #expect(sent.all.count * Self.messageBytes <= 600_000)
        open.yield()
        let answer = try await stream.soleMessage()
        #expect(answer == Array("2000".utf8))
        try await sender.value
      }
    }
  }

  @Test("A message larger than every window arrives whole")
  func largeMessage() async throws {
    try await withServer([echo]) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        let message = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        let answer = try await channel.call("/test.Test/Echo", message)
        #expect(answer == message)
      }
    }
  }

  /// Waits until nothing has been added for a while.
  private func settled(_ notes: Notes<Void>) async throws {
    try await notes.wait(for: 1)
    var last = -1
    while notes.all.count != last {
      last = notes.all.count
      try await Task.sleep(for: .milliseconds(200))
    }
  }
}
