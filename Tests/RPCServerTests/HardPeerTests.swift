import HTTP2
import Peers
import RPC
import RPCClient
import RPCServer
import Sockets
import Testing

/// Peers that make it hard: none may cost the others anything, or the server more than its limits.
@Suite struct HardPeerTests {
  /// The header fields of a call.
  private static func headers(_ path: String, _ more: [(String, String)] = []) -> [UInt8] {
    ([
      (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "a"),
      ("te", "trailers"), ("content-type", "application/grpc"),
    ] + more).map { HeaderField($0.0, $0.1) }.headerBlock
  }

  private static func call(_ path: String, _ more: [(String, String)] = []) -> [UInt8] {
    Frame(.headers, .endHeaders, stream: 1, payload: headers(path, more)).bytes
      + Frame(.data, .endStream, stream: 1, payload: [0, 0, 0, 0, 0]).bytes
  }

  @Test("A connection that dies in the middle of a read leaves its loop in order")
  func dying() async throws {
    try await withServer([echo]) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        for round in 0..<20 {
          try await onThread {
            let peer = try RawPeer.started(port: address.port)
            let zeros = [UInt8](repeating: 0, count: 16_000)
            let broken = Frame(.data, stream: 7, payload: zeros).bytes
            for _ in 0..<(1 + round % 4) { try peer.send(broken + broken) }
            peer.resetOnClose()
          }
          let start = ContinuousClock.now
          let answer = try await channel.call("/test.Test/Echo", [1])
          #expect(answer == [1])
          #expect(start.duration(to: .now) < .seconds(1) * Slack.factor)
        }
      }
    }
  }

  @Test("An HTTP/1.1 caller that is gone before it is answered harms nobody")
  func goneHTTP1() async throws {
    try await withServer([echo]) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        for round in 0..<40 {
          try await onThread {
            let begin = round % 2 == 0 ? "hello\r\n\r\n" : "GET /no HTTP/1.1\r\nhost: a\r\n\r\n"
            let peer = try RawPeer(port: address.port)
            try peer.send(Array(begin.utf8) + [UInt8](repeating: 0x78, count: 60_000))
            peer.resetOnClose()
          }
        }
        let answer = try await channel.call("/test.Test/Echo", [1])
        #expect(answer == [1])
      }
    }
  }

  @Test("An answer that a shut window keeps back is dropped soon after the deadline")
  func shutWindow() async throws {
    let large = ServerMethod("/test.Test/Large", .unary) { call in
      try await call.stream.send(MessageFrame(payload: [UInt8](repeating: 0, count: 50_000)))
    }
    try await withServer([large]) { _, address, _ in
      try await onThread {
        // SETTINGS_INITIAL_WINDOW_SIZE 0: not one byte of DATA may come.
        let peer = try RawPeer.started(port: address.port, settings: [0, 4, 0, 0, 0, 0])
        peer.givesWindowBack = false
        try peer.send(Self.call("/test.Test/Large", [("grpc-timeout", "100m")]))
        let start = ContinuousClock.now
        try peer.listen(toEndOf: 1)
        #expect(peer.answer(on: 1).resetCode == 8)
        #expect(start.duration(to: .now) < .seconds(8) * Slack.factor)
      }
    }
  }

  @Test("A second message where one is due is refused as it begins, however large it is")
  func secondMessage() async throws {
    try await withServer([echo]) { _, address, _ in
      try await onThread {
        let peer = try RawPeer.started(port: address.port)
        let fields = Self.headers("/test.Test/Echo", [("grpc-timeout", "30S")])
        try peer.send(Frame(.headers, .endHeaders, stream: 1, payload: fields))
        try peer.send(Frame(.data, stream: 1, payload: [0, 0, 0, 0, 0]))
        // The prefix of 1 MiB, and no more.
        try peer.send(Frame(.data, stream: 1, payload: [0, 0, 0x10, 0, 0]))
        try peer.listen(toEndOf: 1)
        #expect(peer.answer(on: 1).fields["grpc-status"] == "12")
      }
    }
  }

  @Test("Two tasks of one handler may send at once")
  func twoSenders() async throws {
    let method = ServerMethod("/test.Test/Two", .serverStreaming) { call in
      try await withThrowingTaskGroup { group in
        for sender in 0..<2 as Range<UInt8> {
          group.addTask {
            let message = MessageFrame(payload: [UInt8](repeating: sender, count: 50_000))
            for _ in 0..<20 { try await call.stream.send(message) }
          }
        }
        try await group.waitForAll()
      }
    }
    try await withServer([method]) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        let stream = try await channel.open(
          ClientRequest(
            "/test.Test/Two", .serverStreaming, CallOptions(timeout: .seconds(20)),
            soleMessage: MessageFrame(payload: [])))
        var counts: [UInt8: Int] = [:]
        while let message = try await stream.nextMessage() { counts[message[0], default: 0] += 1 }
        #expect(counts == [0: 20, 1: 20])
      }
    }
  }

  @Test("A connection that had calls is closed after its idle time, too")
  func idleAfterCalls() async throws {
    var configuration = ServerConfiguration()
    configuration.lifetime.maxIdle = .milliseconds(200)
    try await withServer([echo], configuration) { _, address, _ in
      try await onThread {
        let peer = try RawPeer.started(port: address.port)
        try peer.send(Self.call("/test.Test/Echo"))
        try peer.listen(toEndOf: 1)
        try peer.listenToEnd()
        #expect(peer.goAway?.code == 0)
      }
    }
  }

  @Test("A peer that asks and asks and never reads is cut off")
  func neverReads() async throws {
    let large = ServerMethod("/test.Test/Large", .unary) { call in
      try await call.stream.send(MessageFrame(payload: [UInt8](repeating: 0, count: 60_000)))
    }
    try await withServer([large]) { _, address, _ in
      try await onThread {
        let socket = try TCPSocket(port: address.port)
        socket.keepReceiveBuffer(atMost: 4096)
        func say(_ frames: [Frame]) throws {
          try socket.write(frames.flatMap(\.bytes), until: .now + .seconds(20))
        }
        // With the widest windows, answers fill what the system keeps for a slow reader.
        try socket.write(RawPeer.preface, until: .now + .seconds(20))
        try say([
          Frame(.settings, payload: [0, 4, 0x7f, 0xff, 0xff, 0xff]),
          Frame(.windowUpdate, payload: [0x7f, 0, 0, 0]),
        ])
        let block = Self.headers("/test.Test/Large")
        for stream in stride(from: 1 as UInt32, to: 180, by: 2) {
          try say([
            Frame(.headers, .endHeaders, stream: stream, payload: block),
            Frame(.data, .endStream, stream: stream, payload: [0, 0, 0, 0, 0]),
          ])
        }
        let end = #expect(throws: TCPSocket.Failure.self) {
          for number in 0 as UInt64..<200_000 {
            let opaque = (0..<8).map { UInt8(truncatingIfNeeded: number >> $0) }
            try say([Frame(.ping, payload: opaque)])
          }
        }
        if case .reset = end { return }
        Issue.record("not cut off: \(String(describing: end))")
      }
    }
  }

  @Test("Padding counts against the window and is given back")
  func padding() async throws {
    let count = ServerMethod("/test.Test/Count", .clientStreaming) { call in
      var bytes = 0
      while let message = try await call.stream.nextMessage() { bytes += message.count }
      try await call.stream.send(MessageFrame(payload: Array("\(bytes)".utf8)))
    }
    try await withServer([count]) { _, address, _ in
      try await onThread {
        let peer = try RawPeer.started(port: address.port)
        try peer.send(
          Frame(.headers, .endHeaders, stream: 1, payload: Self.headers("/test.Test/Count")))
        // 12,000 messages of one byte in 3 MB of padding: more than every window.
        let padded = [255, 0, 0, 0, 0, 1, 7] + [UInt8](repeating: 0, count: 255)
        for round in 0..<12_000 {
          try peer.send(Frame(.data, .padded, stream: 1, payload: padded))
          if round % 200 == 0 { try peer.listen(for: .milliseconds(1)) }
        }
        try peer.send(Frame(.data, .endStream, stream: 1, payload: []))
        try peer.listen(toEndOf: 1)
        #expect(peer.answer(on: 1).data.dropFirst(5) == Array("12000".utf8)[...])
      }
    }
  }
}
