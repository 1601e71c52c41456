import HTTP2
import RPC
import RPCServer
import Testing

@testable import RPCClient

/// Calls that wait: for a connection, for a stream, for their next attempt.
@Suite struct WaitingTests {
  private static func board(_ target: String = "nowhere:1") -> ChannelBoard {
    ChannelBoard(target: target, ChannelConfiguration()) {}
  }

  private static func call(_ board: ChannelBoard, _ retry: RetryPolicy? = nil) throws
    -> OutgoingCall
  {
    var settings = OutgoingCall.Settings(ChannelConfiguration())
    settings.retry = retry
    let message = MessageFrame(payload: [])
    return try OutgoingCall(
      ClientRequest("/t.T/M", .unary, soleMessage: message), settings, board)
  }

  @Test("A connection that withdrew is not offered by a word that is older")
  func staleOffer() throws {
    let board = Self.board()
    let face = ConnectionFace(.ip(address: "127.0.0.1", port: 1)) { _, _ in }
    face.becameReady()
    _ = board.publish(.ready([face]))
    #expect(board.connectivity == .ready)
    face.becameDraining(tooManyPings: false)
    board.withdraw(face, isClosed: false)
    _ = board.publish(.ready([face]))
    #expect(board.connectivity == .connecting)
  }

  @Test("A connection that takes nothing and stays on offer ends the call, not the process")
  func neverTaken() async throws {
    let board = Self.board()
    let face = ConnectionFace(.ip(address: "127.0.0.1", port: 1)) { _, _ in }
    face.becameReady()
    _ = board.publish(.ready([face]))
    let call = try Self.call(board)
    board.dispatch(call)
    let error = await #expect(throws: RPCError.self) { _ = try await call.soleMessage() }
    #expect(error?.code == .unavailable)
    #expect(error?.reason == "DRAINING")
  }

  @Test("A call that is let go while it waits to be tried again is gone at once")
  func pushedBack() async throws {
    let retry = RetryPolicy(
      attempts: 2, initialBackoff: .seconds(1), maximumBackoff: .seconds(1),
      retryableCodes: [.unavailable])
    weak var gone: OutgoingCall?
    do {
      let call = try Self.call(Self.board(), retry)
      gone = call
      call.attemptFailed(
        .status(.unavailable, pushback: .after(.seconds(3600))), RPCError(.unavailable, "later"),
        attempt: nil)
      #expect(!call.isOver)
      call.cancel()
    }
    try await eventually { gone == nil }
  }

  @Test("Calls that wait for a connection get it in the order in which they came")
  func order() async throws {
    let gone = try await ScriptedServer.gone()
    try await withChannel(gone.target) { channel in
      var calls: [any ClientStream] = []
      for number in 0..<50 {
        calls.append(
          try await channel.open(
            ClientRequest(
              "/t.T/M", .unary,
              CallOptions(
                timeout: .seconds(5), metadata: ["x-number": "\(number)"], waitForReady: true),
              soleMessage: MessageFrame(payload: []))))
      }
      let server = try await ScriptedServer(
        .http2(HTTP2Limits()) { answer, _ in answer.succeed() }, host: gone.host, port: gone.port)
      for call in calls { #expect(try await call.soleMessage() == []) }
      #expect(server.heads.map { $0.first("x-number") } == (0..<50).map { "\($0)" })
      try await server.stop()
    }
  }

  @Test("Calls that were cancelled while they waited for a stream leave their places")
  func cancelledInQueue() async throws {
    let release = Observed(false)
    let method = ServerMethod("/t.T/M", .unary) { call in
      while !release.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
      try await call.stream.send(MessageFrame(payload: []))
    }
    try await withServer([method], { $0.http2.maxConcurrentStreams = 1 }) { target, _ in
      try await withChannel(target, { $0.maxWaitingCalls = 3 }) { channel in
        let running = Task { try await channel.call("/t.T/M") }
        try await eventually { channel.state == .ready }
        try await Task.sleep(for: .milliseconds(50))
        let impatient = (0..<3).map { _ in Task { await channel.failure(of: "/t.T/M") } }
        try await Task.sleep(for: .milliseconds(50))
        #expect(await channel.failure(of: "/t.T/M")?.code == .resourceExhausted)
        for call in impatient { call.cancel() }
        for call in impatient { #expect(await call.value?.code == .cancelled) }
        let patient = Task { try await channel.call("/t.T/M") }
        try await Task.sleep(for: .milliseconds(50))
        release.withLock { $0 = true }
        _ = try await running.value
        _ = try await patient.value
      }
    }
  }
}
