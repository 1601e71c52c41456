import Peers
import RPC
import RPCClient
import RPCServer
import Sockets
import Testing

@testable import cabildo_gateway

/// Callers who fill the way to a service: probes and calls that are soon over still get through.
@Suite struct CapacityTests {
  private static let quick = ServerMethod("/test.Test/Quick", .unary) { call in
    _ = try await call.stream.nextMessage()
    try await call.stream.send(MessageFrame(payload: [7]))
  }
  /// Says nothing, for as long as its caller lets it.
  private static let watch = ServerMethod("/test.Test/Watch", .serverStreaming) { call in
    _ = try await call.stream.nextMessage()
    try await Task.sleep(for: .seconds(60))
  }

  private static var few: ChannelPool.Limits {
    var limits = ChannelPool.Limits()
    limits.callsPerChannel = 10
    limits.channelsPerLoop = 4
    return limits
  }

  @Test("Silent watches fill their share and no more; those beyond are refused at once")
  func watches() async throws {
    try await withGateway([Self.quick, Self.watch], limits: Self.few) { live in
      // The gateway learns that the method is soon over.
      #expect(await live.client.outcome(of: Self.quick.name, .unary).payloads == [[7]])
      // More watches than both loops have places: 2 x 4 x 10.
      let connections = try (0..<3).map { _ in
        RPCChannel(
          target: try Target("127.0.0.1:\(live.port)"), configuration: ChannelConfiguration(),
          eventLoopGroup: live.loops.dialing)
      }
      let refused = Notes<RPCError>()
      let watchers = (0..<150).map { index in
        Task {
          let outcome = await connections[index % 3].outcome(
            of: Self.watch.name, .serverStreaming, [[]], CallOptions(timeout: .seconds(30)))
          if let error = outcome.error, error.code == .resourceExhausted { refused.add(error) }
        }
      }
      // Each loop keeps a quarter of its 40 places.
      try await refused.wait(for: 150 - 2 * 30 - 8)
      #expect(refused.all.allSatisfy { $0.reason == "TOO_MANY_OPEN_CALLS" })
      for _ in 0..<10 {
        let start = ContinuousClock.now
        let outcome = await live.client.outcome(of: Self.quick.name, .unary)
        #expect(outcome.payloads == [[7]], "\(String(describing: outcome.error))")
        #expect(start.duration(to: .now) < .seconds(1) * Slack.factor)
      }
      for watcher in watchers { watcher.cancel() }
      for connection in connections { await connection.shutdown(grace: .zero) }
      for watcher in watchers { await watcher.value }
    }
  }

  @Test(
    "What a method is, its answers show",
    arguments: [
      (["1 over"], Upstream.Share.brief), (["2"], .lasting), (["0 over"], .lasting),
      (["1 over", "2"], .lasting), (["2", "1 over"], .lasting),
    ])
  func habits(answers: [String], share: Upstream.Share) {
    let habit = MethodHabit()
    for answer in answers {
      let messages = Int(answer.prefix(1)) ?? 0
      habit.answered(messages: messages, isOver: answer.hasSuffix("over"))
    }
    #expect(habit.begin() == share)
  }

  @Test("A few calls of a method that is not known yet may try")
  func unknown() {
    let habit = MethodHabit()
    let shares = (0..<6).map { _ in habit.begin() }
    #expect(shares == [.brief, .brief, .brief, .brief, .lasting, .lasting])
    for _ in 0..<6 { habit.ended() }
    #expect(habit.begin() == .brief)
  }
}
