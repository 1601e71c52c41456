import HTTP2
import RPC
import RPCClient
import RPCServer
import Sockets
import Testing

/// Calls to a server of ours, as they should go.
@Suite struct CallTests {
  @Test("A message comes back whole, whatever its size", arguments: [0, 1, 70_000, 3_000_000])
  func unary(size: Int) async throws {
    let message = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
    try await withServer([echo]) { target, _ in
      try await withChannel(target) { channel in
        let answer = try await channel.call("/t.T/Echo", message)
        #expect(answer == message)
        #expect(channel.state == .ready)
      }
    }
  }

  @Test("Metadata travels both ways, before the messages and after")
  func metadata() async throws {
    let method = ServerMethod("/t.T/M", .unary) { call in
      call.stream.setInitialMetadata(["x-got": call.context.metadata["x-sent"] ?? ""])
      var trailing: Metadata = ["x-agent": "seen"]
      trailing.add(binary: "x-bytes-bin", call.context.metadata[binary: "x-bytes-bin"] ?? [])
      call.stream.setTrailingMetadata(trailing)
      _ = try await call.stream.nextMessage()
      try await call.stream.send(MessageFrame(payload: []))
    }
    try await withServer([method]) { target, _ in
      try await withChannel(target) { channel in
        var metadata: Metadata = ["x-sent": "value"]
        metadata.add(binary: "x-bytes-bin", [0, 255, 7])
        let stream = try await channel.open(
          ClientRequest(
            "/t.T/M", .unary, CallOptions(metadata: metadata),
            soleMessage: MessageFrame(payload: [])))
        #expect(try await stream.initialMetadata()["x-got"] == "value")
        _ = try await stream.soleMessage()
        #expect(stream.trailingMetadata[binary: "x-bytes-bin"] == [0, 255, 7])
        #expect(try await stream.initialMetadata()["x-got"] == "value")
      }
    }
  }

  @Test("A conversation goes back and forth")
  func bidirectional() async throws {
    try await withServer([echo]) { target, _ in
      try await withChannel(target) { channel in
        let stream = try await channel.open(ClientRequest("/t.T/Echo", .bidirectional))
        for round in 0..<50 as Range<UInt8> {
          try await stream.send(MessageFrame(payload: [round]), compress: false)
          #expect(try await stream.nextMessage() == [round])
        }
        try await stream.finishSending()
        #expect(try await stream.nextMessage() == nil)
        #expect(stream.trailingMetadata["x-trailing"] == "last")
      }
    }
  }

  @Test("A status and its details arrive as the handler threw them")
  func status() async throws {
    let method = ServerMethod("/t.T/Fail", .unary) { _ in
      throw RPCError(.failedPrecondition, "no ñandú, 100 %", metadata: ["x-why": "so"])
        .reason("NO_BIRD")
    }
    try await withServer([method]) { target, _ in
      let error = try await withChannel(target) { await $0.failure(of: "/t.T/Fail") }
      #expect(error?.code == .failedPrecondition)
      #expect(error?.message == "no ñandú, 100 %")
      #expect(error?.reason == "NO_BIRD")
      #expect(error?.metadata["x-why"] == "so")
      let unknown = try await withChannel(target) { await $0.failure(of: "/t.T/Nothing") }
      #expect(unknown?.code == .unimplemented)
    }
  }

  @Test("gzip goes both ways, for the messages that want it", arguments: [true, false])
  func compression(compress: Bool) async throws {
    let method = ServerMethod("/t.T/M", .unary) { call in
      call.stream.setCompression(true)
      call.stream.setInitialMetadata(["x-had": call.context.metadata["grpc-encoding"] ?? "none"])
      let message = try await call.stream.nextMessage() ?? []
      try await call.stream.send(MessageFrame(payload: message))
    }
    let message = [UInt8](repeating: 7, count: 100_000)
    try await withServer([method]) { target, _ in
      try await withChannel(target) { channel in
        let stream = try await channel.open(
          ClientRequest(
            "/t.T/M", .unary, CallOptions(compress: compress),
            soleMessage: MessageFrame(payload: message)))
        #expect(try await stream.soleMessage() == message)
        #expect(try await stream.initialMetadata()["x-had"] == (compress ? "gzip" : "none"))
      }
    }
  }

  @Test("A message over a limit is refused, naming sizes, side and setting")
  func sizes() async throws {
    try await withServer([echo]) { target, _ in
      try await withChannel(target, { $0.maxSendMessageBytes = 10 }) { channel in
        let error = await channel.failure(of: "/t.T/Echo", [UInt8](repeating: 0, count: 11))
        #expect(error?.code == .resourceExhausted)
        #expect(error?.message.contains("11 bytes") == true)
        #expect(error?.message.contains("maxSendMessageBytes") == true)
      }
      try await withChannel(target, { $0.maxReceiveMessageBytes = 10 }) { channel in
        let error = await channel.failure(of: "/t.T/Echo", [UInt8](repeating: 0, count: 11))
        #expect(error?.code == .resourceExhausted)
        #expect(error?.message.contains("maxReceiveMessageBytes") == true)
      }
    }
  }

  @Test("A slow reader holds the server back, and then gets everything")
  func slowReader() async throws {
    let sent = Observed(0)
    let flood = ServerMethod("/t.T/Flood", .serverStreaming) { call in
      _ = try await call.stream.nextMessage()
      for _ in 0..<2000 {
        try await call.stream.send(MessageFrame(payload: [UInt8](repeating: 1, count: 10_000)))
        sent.withLock { $0 += 1 }
      }
    }
    try await withServer([flood]) { target, _ in
      try await withChannel(target) { channel in
        let stream = try await channel.open(
          ClientRequest("/t.T/Flood", .serverStreaming, soleMessage: MessageFrame(payload: [])))
        #expect(try await stream.nextMessage()?.count == 10_000)
        try await Task.sleep(for: .milliseconds(300))
        #expect(sent.withLock { $0 } < 500)
        var count = 1
        while try await stream.nextMessage() != nil { count += 1 }
        #expect(count == 2000)
      }
    }
  }

  @Test("A server that does not read holds the writer back")
  func slowServer() async throws {
    let lazy = ServerMethod("/t.T/Lazy", .clientStreaming) { call in
      try await Task.sleep(for: .milliseconds(400))
      while try await call.stream.nextMessage() != nil {}
      try await call.stream.send(MessageFrame(payload: []))
    }
    let sent = Observed(0)
    try await withServer([lazy]) { target, _ in
      try await withChannel(target) { channel in
        let stream = try await channel.open(ClientRequest("/t.T/Lazy", .clientStreaming))
        let writer = Task {
          for _ in 0..<1000 {
            try await stream.send(
              MessageFrame(payload: [UInt8](repeating: 1, count: 10_000)), compress: false)
            sent.withLock { $0 += 1 }
          }
          try await stream.finishSending()
        }
        try await Task.sleep(for: .milliseconds(200))
        #expect(sent.withLock { $0 } < 200)
        try await writer.value
        _ = try await stream.soleMessage()
        #expect(sent.withLock { $0 } == 1000)
      }
    }
  }

  @Test("A call ends at its deadline, and the handler is cancelled")
  func deadline() async throws {
    let cancelled = Observed(false)
    let sleepy = ServerMethod("/t.T/Sleep", .unary) { _ in
      do { try await Task.sleep(for: .seconds(60)) } catch { cancelled.withLock { $0 = true } }
    }
    try await withServer([sleepy, echo]) { target, _ in
      try await withChannel(target) { channel in
        _ = try await channel.call("/t.T/Echo")
        let start = ContinuousClock.now
        let error = await channel.failure(of: "/t.T/Sleep", [], .within(.milliseconds(150)))
        #expect(error?.code == .deadlineExceeded)
        #expect((0.14...1).contains((ContinuousClock.now - start) / .seconds(1)))
        try await eventually { cancelled.withLock { $0 } }
      }
    }
  }

  @Test("A call ends when its caller cancels it, or its task, or lets it go", arguments: 0..<3)
  func cancellation(way: Int) async throws {
    let cancelled = Observed(false)
    let waiting = ServerMethod("/t.T/Wait", .bidirectional) { call in
      call.stream.setInitialMetadata([:])
      try await call.stream.send(MessageFrame(payload: [1]))
      do { _ = try await call.stream.nextMessage() } catch { cancelled.withLock { $0 = true } }
    }
    try await withServer([waiting]) { target, _ in
      try await withChannel(target) { channel in
        var stream: (any ClientStream)? = try await channel.open(
          ClientRequest("/t.T/Wait", .bidirectional))
        #expect(try await stream?.nextMessage() == [1])
        switch way {
        case 0:
          stream?.cancel()
          let error = await #expect(throws: RPCError.self) { try await stream?.nextMessage() }
          #expect(error?.code == .cancelled)
        case 1:
          let reader = Task { [stream] in try await stream?.nextMessage() }
          try await Task.sleep(for: .milliseconds(30))
          reader.cancel()
          await #expect(throws: RPCError.self) { try await reader.value }
        default: stream = nil
        }
        try await eventually { cancelled.withLock { $0 } }
      }
    }
  }

  @Test("A call made while serving another inherits its deadline and its trace")
  func inheritance() async throws {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    let states = ["rojo=00f067aa0ba902b7", "congo=t61rcWkgMzE"]
    let seen = Observed<(Duration?, String?, [String])>((nil, nil, []))
    let inner = ServerMethod("/t.T/Inner", .unary) { call in
      let metadata = call.context.metadata
      seen.withLock {
        $0 = (call.context.remaining, metadata["traceparent"], metadata.all("tracestate"))
      }
      try await call.stream.send(MessageFrame(payload: []))
    }
    try await withServer([inner]) { target, _ in
      try await withChannel(target) { innerChannel in
        let outer = ServerMethod("/t.T/Outer", .unary) { call in
          _ = try await innerChannel.call("/t.T/Inner", [], .within(.seconds(60)))
          try await call.stream.send(MessageFrame(payload: []))
        }
        try await withServer([outer]) { target, _ in
          try await withChannel(target) { channel in
            var metadata: Metadata = ["traceparent": trace]
            for state in states { metadata.add("tracestate", state) }
            let options = CallOptions(timeout: .seconds(5), metadata: metadata)
            _ = try await channel.call("/t.T/Outer", [], options)
          }
        }
      }
    }
    let (remaining, parent, passedStates) = seen.withLock { $0 }
    #expect((2...4.995).contains((remaining ?? .zero) / .seconds(1)))
    #expect(parent == trace)
    #expect(passedStates == states)
  }

  @Test("Interceptors run around every call, the first outermost")
  func interceptors() async throws {
    struct Mark: ClientInterceptor {
      let name: String
      func intercept(
        _ request: ClientRequest, next: (ClientRequest) async throws -> any ClientStream
      ) async throws -> any ClientStream {
        var request = request
        request.options.metadata.add("x-mark", name)
        return try await next(request)
      }
    }
    let method = ServerMethod("/t.T/M", .unary) { call in
      let marks = call.context.metadata.all("x-mark").joined(separator: ",")
      try await call.stream.send(MessageFrame(payload: Array(marks.utf8)))
    }
    try await withServer([method]) { target, _ in
      try await withChannel(
        target, { $0.interceptors = [Mark(name: "outer"), Mark(name: "inner")] }
      ) { channel in
        let answer = try await channel.call("/t.T/M")
        #expect(answer == Array("outer,inner".utf8))
      }
    }
  }

  @Test("Many calls at once from many tasks share a connection")
  func concurrency() async throws {
    try await withServer([echo]) { target, server in
      try await withChannel(target) { channel in
        let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
          for task in 0..<16 as Range<UInt8> {
            group.addTask {
              var wrong = 0
              for round in 0..<200 {
                let message = [task, UInt8(truncatingIfNeeded: round)]
                if try await channel.call("/t.T/Echo", message) != message { wrong += 1 }
              }
              return wrong
            }
          }
          return try await group.reduce(0, +)
        }
        #expect(wrong == 0)
        #expect(server.connectionCount == 1)
      }
    }
  }

  @Test("A socket file is reached like a port")
  func unixSocket() async throws {
    let path = "/tmp/cabildo-client-test-\(UInt64.random(in: 0...UInt64.max)).sock"
    try await withServer([echo], on: .unix(path: path)) { _, _ in
      try await withChannel("unix:\(path)") { channel in
        let answer = try await channel.call("/t.T/Echo", [1, 2])
        #expect(answer == [1, 2])
      }
    }
  }
}

/// Waits for what happens on another thread, three seconds at most.
func eventually(
  _ condition: () async throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let deadline = ContinuousClock.now + .seconds(3)
  while ContinuousClock.now < deadline {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(5))
  }
  Issue.record("it did not happen", sourceLocation: sourceLocation)
}
