import HTTP2
import Peers
import RPC
import RPCClient
import RPCServer
import Sockets
import Testing

/// A pool has as many connections as its calls need, no more.
@Suite struct ChannelPoolTests {
  private func withPool<Result>(
    _ target: String, _ limits: ChannelPool.Limits, _ body: (ChannelPool) async throws -> Result
  ) async throws -> Result {
    let loops = LoopGroup(threads: 1)
    let pool = ChannelPool(
      target: try Target(target), limits: limits, eventLoopGroup: loops.dialing)
    do {
      let result = try await body(pool)
      await pool.shutdown(grace: .milliseconds(200))
      try await loops.shutDown()
      return result
    } catch {
      await pool.shutdown(grace: .zero)
      try await loops.shutDown()
      throw error
    }
  }

  private func limits(calls: Int, channels: Int, maxIdle: Duration = .seconds(60))
    -> ChannelPool.Limits
  {
    var limits = ChannelPool.Limits()
    limits.callsPerChannel = calls
    limits.channelsPerLoop = channels
    limits.maxIdle = maxIdle
    return limits
  }

  /// Opens calls that stay, each of which the server has begun to answer.
  private func openCalls(_ count: Int, on pool: ChannelPool) async throws -> [any ClientStream] {
    var streams: [any ClientStream] = []
    for _ in 0..<count {
      let stream = try await pool.open(ClientRequest(echo.name, .bidirectional))
      try await stream.send(MessageFrame(payload: [1]), compress: false)
      #expect(try await stream.nextMessage() == [1])
      streams.append(stream)
    }
    return streams
  }

  /// A call holds its place until it is let go.
  private func end(_ stream: any ClientStream) async throws {
    try await stream.finishSending()
    #expect(try await stream.nextMessage() == nil)
  }

  @Test(
    "Open calls spread over as many channels as they need",
    arguments: [(1, 1), (4, 1), (5, 2), (12, 3)])
  func spreads(calls: Int, channels: Int) async throws {
    try await withServer([echo]) { target, server in
      try await withPool(target, limits(calls: 4, channels: 3)) { pool in
        let streams = try await openCalls(calls, on: pool)
        #expect(pool.channelCount == channels)
        #expect(server.connectionCount == channels)
        for stream in streams {
          try await end(stream)
        }
      }
    }
  }

  @Test(
    "Where every place is taken a call is refused at once, and one that may not take all, before")
  func full() async throws {
    try await withServer([echo]) { target, _ in
      try await withPool(target, limits(calls: 4, channels: 3)) { pool in
        let half = pool.share(0.5)
        let held = try await openCalls(5, on: pool)
        let last = try await half.open(ClientRequest(echo.name, .bidirectional))
        let start = ContinuousClock.now
        #expect(await half.failure(of: echo.name)?.reason == "TOO_MANY_OPEN_CALLS")
        var others = try await openCalls(6, on: pool)
        let refusal = await pool.failure(of: echo.name)
        #expect(refusal?.code == .resourceExhausted)
        #expect(start.duration(to: .now) < .seconds(5) * Slack.factor)
        try await end(others.removeFirst())
        #expect(await pool.failure(of: echo.name) == nil)
        for stream in [last] + held + others { stream.cancel() }
      }
    }
  }

  @Test("More calls than a server lets a connection have go on at the same time")
  func beyondTheServersLimit() async throws {
    try await withServer([echo], { $0.http2.maxConcurrentStreams = 10 }) { target, _ in
      try await withPool(target, limits(calls: 8, channels: 32)) { pool in
        let streams = try await openCalls(100, on: pool)
        #expect(streams.count == 100)
      }
    }
  }

  @Test("A channel beyond the first goes when it has been of no use for a while")
  func idle() async throws {
    try await withServer([echo]) { target, server in
      let limits = limits(calls: 1, channels: 8, maxIdle: .milliseconds(100))
      try await withPool(target, limits) { pool in
        _ = try await openCalls(3, on: pool)
        #expect(pool.channelCount == 3)
        let deadline = ContinuousClock.now + .seconds(10)
        while pool.channelCount > 1 || server.connectionCount > 1, .now < deadline {
          try await Task.sleep(for: .milliseconds(20))
          let answer = try await pool.call(echo.name, [2], .within(.seconds(5)), .bidirectional)
          #expect(answer == [2])
        }
        #expect(pool.channelCount == 1)
        #expect(server.connectionCount == 1)
      }
    }
  }

  @Test("A pool shut down takes no calls")
  func shutDown() async throws {
    try await withServer([echo]) { target, _ in
      try await withPool(target, ChannelPool.Limits()) { pool in
        _ = try await pool.call(echo.name, [1], .within(.seconds(5)), .bidirectional)
        await pool.shutdown(grace: .seconds(1))
        #expect(await pool.failure(of: echo.name)?.reason == "CHANNEL_SHUT_DOWN")
      }
    }
  }
}
