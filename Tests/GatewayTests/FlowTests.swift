import Peers
import RPC
import RPCClient
import RPCServer
import Sockets
import Testing

@testable import cabildo_gateway

/// A slow end stops the other through the gateway, and an end that goes takes the call along.
@Suite struct FlowTests {
  private static let messageBytes = 10_000
  /// What the windows and queues of two connections and the gateway between them hold at most.
  private static let mostHeld = 1_500_000
  private static let message = MessageFrame(payload: [UInt8](repeating: 1, count: messageBytes))

  @Test("A caller that does not read stops the service's sending")
  func slowCaller() async throws {
    let sent = Notes<Void>()
    let flood = ServerMethod("/test.T/Flood", .serverStreaming) { call in
      for _ in 0..<2_000 {
        try await call.stream.send(Self.message)
        sent.add(())
      }
    }
    try await withGateway([flood]) { gateway in
      let stream = try await gateway.client.open(
        ClientRequest("/test.T/Flood", .serverStreaming, soleMessage: MessageFrame(payload: [])))
      try await settled(sent)
      #expect(sent.all.count * Self.messageBytes <= Self.mostHeld)
      var received = 0
      while try await stream.nextMessage() != nil { received += 1 }
      #expect(received == 2_000)
    }
  }

  @Test("A service that does not read stops the caller's sending")
  func slowService() async throws {
    let (gate, open) = AsyncStream.makeStream(of: Void.self)
    let sink = ServerMethod("/test.T/Sink", .clientStreaming) { call in
      for await _ in gate { break }
      var count = 0
      while try await call.stream.nextMessage() != nil { count += 1 }
      try await call.stream.send(MessageFrame(payload: Array("\(count)".utf8)))
    }
    try await withGateway([sink]) { gateway in
      let sent = Notes<Void>()
      let stream = try await gateway.client.open(ClientRequest("/test.T/Sink", .clientStreaming))
      let sender = Task {
        for _ in 0..<2_000 {
          try await stream.send(Self.message, compress: false)
          sent.add(())
        }
        try await stream.finishSending()
      }
      try await settled(sent)
      #expect(sent.all.count * Self.messageBytes <= Self.mostHeld)
      open.yield()
      let answer = try await stream.soleMessage()
      #expect(answer == Array("2000".utf8))
      try await sender.value
    }
  }

  /// Waits until nothing has been added for a while.
  private func settled(_ notes: Notes<Void>) async throws {
    try await notes.wait(for: 1)
    var last = -1
    while notes.all.count != last {
      last = notes.all.count
      try await Task.sleep(for: .milliseconds(300))
    }
  }

  enum Parting: CaseIterable { case cancels, letsGo, vanishes }

  @Test(
    "A caller that goes takes its call to the service along within a second",
    arguments: Parting.allCases, [false, true])
  func callerGoes(parting: Parting, isStreaming: Bool) async throws {
    let began = Notes<Void>()
    let ended = Notes<Bool>()
    let waits = ServerMethod("/test.T/Waits", .bidirectional) { call in
      if isStreaming { try await call.stream.send(MessageFrame(payload: [1])) }
      began.add(())
      try? await Task.sleep(for: .seconds(60))
      ended.add(Task.isCancelled)
    }
    try await withGateway([waits]) { gateway in
      if parting == .vanishes {
        try await vanish(from: gateway.port) { began.all.count == 1 }
      } else {
        var stream: (any ClientStream)? = try await gateway.client.open(
          ClientRequest("/test.T/Waits", .bidirectional))
        if !isStreaming { try await stream?.finishSending() }
        try await began.wait(for: 1)
        if parting == .cancels { stream?.cancel() }
        stream = nil
      }
      try await ended.wait(for: 1, within: .seconds(1))
      #expect(ended.all == [true])
    }
  }

  /// Begins a call and closes the connection without a word when the time has come.
  private func vanish(from port: UInt16, when isTime: @escaping @Sendable () -> Bool) async throws {
    try await onThread {
      let peer = try RawPeer.started(port: port)
      let fields = [
        HeaderField(":method", "POST"), HeaderField(":scheme", "http"),
        HeaderField(":path", "/test.T/Waits"), HeaderField(":authority", "localhost"),
        HeaderField("te", "trailers"), HeaderField("content-type", "application/grpc"),
      ]
      try peer.send(Frame(.headers, .endHeaders, stream: 1, payload: fields.headerBlock))
      try peer.sendData([0, 0, 0, 0, 0], on: 1, end: false)
      while !isTime() { try peer.listen(for: .milliseconds(10)) }
      peer.resetOnClose()
    }
  }

  @Test("A hundred long streams of one client leave room for another's calls")
  func manyStreams() async throws {
    let echo = ServerMethod("/test.T/Echo", .bidirectional) { call in
      while let message = try await call.stream.nextMessage() {
        try await call.stream.send(MessageFrame(payload: message))
      }
    }
    try await withGateway([echo]) { gateway in
      var streams: [any ClientStream] = []
      for _ in 0..<100 {
        let stream = try await gateway.client.open(ClientRequest("/test.T/Echo", .bidirectional))
        try await stream.send(MessageFrame(payload: [1]), compress: false)
        #expect(try await stream.nextMessage() == [1])
        streams.append(stream)
      }
      // Past the limit of one connection to the gateway: another client.
      let other = RPCChannel(
        target: gateway.client.target, eventLoopGroup: gateway.loops.dialing)
      for _ in 0..<100 {
        let stream = try await other.open(
          ClientRequest("/test.T/Echo", .bidirectional, CallOptions(timeout: .seconds(20))))
        try await stream.send(MessageFrame(payload: [2]), compress: false)
        #expect(try await stream.nextMessage() == [2])
        streams.append(stream)
      }
      for stream in streams { try await stream.finishSending() }
      for stream in streams { #expect(try await stream.nextMessage() == nil) }
      await other.shutdown(grace: .seconds(1))
    }
  }

  @Test("A caller that breaks the rules of messages is told so, and the service's call ends")
  func brokenCaller() async throws {
    let ended = Notes<Bool>()
    let sink = ServerMethod("/test.T/Sink", .bidirectional) { call in
      do {
        while let message = try await call.stream.nextMessage() {
          try await call.stream.send(MessageFrame(payload: message))
        }
        ended.add(false)
      } catch {
        ended.add(true)
      }
    }
    try await withGateway([sink]) { gateway in
      let stream = try await gateway.client.open(ClientRequest("/test.T/Sink", .bidirectional))
      try await stream.send(MessageFrame(payload: [1]), compress: false)
      #expect(try await stream.nextMessage() == [1])
      try await stream.send(MessageFrame(payload: [1], compressed: true), compress: false)
      let error = await #expect(throws: RPCError.self) { try await stream.nextMessage() }
      #expect(error?.code == .internal)
      #expect(error?.reason == "MALFORMED_MESSAGE")
      try await ended.wait(for: 1, within: .seconds(1))
      #expect(ended.all == [true])
    }
  }
}
