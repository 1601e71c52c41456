import HTTP2
import Peers
import RPC
import RPCClient
import RPCServer
import Testing

/// Calls that are sent several times over, on real servers: the first answer is the call's, and
/// nothing is left of the others.
@Suite struct HedgedCallTests {
  private static func hedging(
    _ attempts: Int, _ delay: Duration, _ codes: Set<StatusCode> = [.unavailable],
    throttle: RetryThrottle? = nil
  ) -> ServiceConfig {
    ServiceConfig(
      methods: [
        MethodConfig(
          names: [.all],
          hedging: HedgingPolicy(attempts: attempts, delay: delay, nonFatalCodes: codes))
      ], throttle: throttle)
  }

  /// A server whose first `slow` calls take a minute, and which sees how many were cancelled.
  private final class Slow: Sendable {
    let seen = Observed([String?]())
    let cancelled = Observed(0)
    let slow: Int

    init(_ slow: Int) { self.slow = slow }

    func method(_ kind: CallKind = .unary) -> ServerMethod {
      ServerMethod("/t.T/M", kind) { call in
        let number = self.seen.withLock {
          $0.append(call.context.metadata["grpc-previous-rpc-attempts"])
          return UInt8($0.count)
        }
        do {
          if number <= self.slow { try await Task.sleep(for: .seconds(60)) }
        } catch {
          self.cancelled.withLock { $0 += 1 }
          throw error
        }
        var messages: [UInt8] = []
        while let message = try await call.stream.nextMessage() { messages += message }
        try await call.stream.send(MessageFrame(payload: [number] + messages))
      }
    }
  }

  @Test("The next attempt joins after the delay and answers for all; the others are cancelled")
  func delay() async throws {
    let slow = Slow(2)
    try await withServer([slow.method()]) { target, _ in
      try await withChannel(
        target, { $0.serviceConfig = Self.hedging(3, .milliseconds(60)) }
      ) { channel in
        let start = ContinuousClock.now
        #expect(try await channel.call("/t.T/M", [9], .within(.seconds(8))) == [3, 9])
        #expect(start.duration(to: .now) >= .milliseconds(120))
        try await eventually { slow.cancelled.withLock { $0 } == 2 }
        #expect(slow.seen.withLock { $0 } == [nil, "1", "2"])
        let calls = await channel.snapshot().calls
        #expect((calls.started, calls.succeeded, calls.failed) == (1, 1, 0))
        #expect(channel.openCalls == 0)
      }
    }
  }

  @Test("Without a delay all attempts begin at once")
  func atOnce() async throws {
    let slow = Slow(2)
    try await withServer([slow.method()]) { target, _ in
      try await withChannel(target, { $0.serviceConfig = Self.hedging(3, .zero) }) { channel in
        let answer = try await channel.call("/t.T/M", [], .within(.seconds(8)))
        #expect(answer == [3])
      }
    }
  }

  @Test("A quick answer is alone")
  func quick() async throws {
    let slow = Slow(0)
    try await withServer([slow.method()]) { target, _ in
      try await withChannel(target, { $0.serviceConfig = Self.hedging(3, .seconds(5)) }) {
        let answer = try await $0.call("/t.T/M", [1])
        #expect(answer == [1, 1])
      }
    }
    #expect(slow.seen.withLock { $0.count } == 1)
  }

  @Test("What a caller sends to a stream, every attempt gets")
  func streaming() async throws {
    let slow = Slow(1)
    try await withServer([slow.method(.bidirectional)]) { target, _ in
      try await withChannel(
        target, { $0.serviceConfig = Self.hedging(2, .milliseconds(50)) }
      ) { channel in
        let stream = try await channel.open(
          ClientRequest("/t.T/M", .bidirectional, .within(.seconds(8))))
        for number in 1...3 as ClosedRange<UInt8> {
          try await stream.send(MessageFrame(payload: [number]), compress: false)
          try await Task.sleep(for: .milliseconds(40))
        }
        try await stream.finishSending()
        #expect(try await stream.nextMessage() == [2, 1, 2, 3])
        #expect(try await stream.nextMessage() == nil)
      }
    }
    try await eventually { slow.cancelled.withLock { $0 } == 1 }
  }

  @Test("More than may be kept ends the hedging: the first attempt is the call")
  func tooMuchToKeep() async throws {
    let slow = Slow(0)
    try await withServer([slow.method(.clientStreaming)]) { target, _ in
      try await withChannel(
        target,
        {
          $0.serviceConfig = Self.hedging(3, .milliseconds(200))
          $0.maxRetryBufferBytes = 1000
        }
      ) { channel in
        let stream = try await channel.open(
          ClientRequest("/t.T/M", .clientStreaming, .within(.seconds(8))))
        for _ in 0..<3 {
          try await stream.send(
            MessageFrame(payload: [UInt8](repeating: 5, count: 600)), compress: false)
        }
        try await Task.sleep(for: .milliseconds(300))
        try await stream.finishSending()
        #expect(try await stream.soleMessage() == [1] + [UInt8](repeating: 5, count: 1800))
      }
    }
    #expect(slow.seen.withLock { $0.count } == 1)
  }

  /// Fails the first requests so, and answers the others.
  private static func failing(
    _ failures: Int, _ fail: @escaping @Sendable (inout Answer) -> Void
  ) async throws -> ScriptedServer {
    try await ScriptedServer(
      .http2(HTTP2Limits()) { answer, number in
        if number <= failures { fail(&answer) } else { answer.succeed() }
      })
  }

  @Test("A failure that is not fatal brings the next attempt on at once")
  func nonFatal() async throws {
    let server = try await Self.failing(2) { $0.fail(14) }
    let start = ContinuousClock.now
    try await withChannel(server.target, { $0.serviceConfig = Self.hedging(3, .seconds(30)) }) {
      let answer = try await $0.call("/t.T/M")
      #expect(answer == [])
    }
    #expect(start.duration(to: .now) < .seconds(10) * Slack.factor)
    #expect(server.heads.map { $0.first("grpc-previous-rpc-attempts") } == [nil, "1", "2"])
    try await server.stop()
  }

  @Test(
    "A call fails with what is fatal, with its last attempt, or where the server wants no more",
    arguments: [
      (5, nil, 1, StatusCode.notFound), (14, nil, 3, .unavailable), (14, "-1", 1, .unavailable),
      (14, "soon", 1, .unavailable),
    ] as [(Int, String?, Int, StatusCode)])
  func fails(status: Int, pushback: String?, requests: Int, code: StatusCode) async throws {
    let server = try await Self.failing(9) { answer in
      if let pushback {
        answer.fail(status, ("grpc-retry-pushback-ms", pushback))
      } else {
        answer.fail(status)
      }
    }
    try await withChannel(server.target, { $0.serviceConfig = Self.hedging(3, .seconds(30)) }) {
      #expect(await $0.failure(of: "/t.T/M", [], .within(.seconds(8)))?.code == code)
      let calls = await $0.snapshot().calls
      #expect((calls.started, calls.failed) == (1, 1))
    }
    #expect(server.heads.count == requests)
    try await server.stop()
  }

  @Test("A server's pushback sets the wait")
  func pushback() async throws {
    let server = try await Self.failing(1) { $0.fail(14, ("grpc-retry-pushback-ms", "150")) }
    let start = ContinuousClock.now
    try await withChannel(server.target, { $0.serviceConfig = Self.hedging(3, .seconds(30)) }) {
      let answer = try await $0.call("/t.T/M")
      #expect(answer == [])
    }
    #expect((0.15...10).contains(start.duration(to: .now) / .seconds(1)))
    #expect(server.heads.count == 2)
    try await server.stop()
  }

  @Test("Failing hedges share the retries' throttle")
  func throttled() async throws {
    let server = try await Self.failing(9) { $0.fail(14) }
    let throttle = RetryThrottle(tokens: 4, ratio: 0.1)
    try await withChannel(
      server.target, { $0.serviceConfig = Self.hedging(5, .seconds(30), throttle: throttle) }
    ) {
      for _ in 0..<2 { #expect(await $0.failure(of: "/t.T/M")?.code == .unavailable) }
    }
    // Two failures leave half of the tokens; the second call has one attempt.
    #expect(server.heads.count == 3)
    try await server.stop()
  }

  @Test("The deadline and the caller end all attempts", arguments: [true, false])
  func ends(byDeadline: Bool) async throws {
    let slow = Slow(9)
    try await withServer([slow.method()]) { target, _ in
      try await withChannel(
        target, { $0.serviceConfig = Self.hedging(3, .milliseconds(20)) }
      ) { channel in
        let call = Task {
          await channel.failure(of: "/t.T/M", [], .within(.milliseconds(byDeadline ? 5000 : 9000)))
        }
        try await eventually { slow.seen.withLock { $0.count } == 3 }
        if !byDeadline { call.cancel() }
        #expect(await call.value?.code == (byDeadline ? .deadlineExceeded : .cancelled))
        try await eventually { slow.cancelled.withLock { $0 } == 3 }
        #expect(channel.openCalls == 0)
      }
    }
  }

  @Test("Attempts go to different servers where the channel has several")
  func spread() async throws {
    let (stuck, quick) = (Slow(9), Slow(0))
    try await withServer([stuck.method()]) { first, _ in
      try await withServer([quick.method()]) { second, _ in
        try await withChannel(
          "static:\(first),\(second)",
          {
            $0.serviceConfig = Self.hedging(4, .milliseconds(30))
            $0.serviceConfig.balancing = .roundRobin
          }
        ) { channel in
          channel.connect()
          try await eventually {
            await channel.snapshot().subchannels.map(\.state) == [.ready, .ready]
          }
          for _ in 0..<6 { #expect(try await channel.call("/t.T/M").count == 1) }
        }
      }
    }
    #expect(stuck.seen.withLock { $0.count } >= 3)
  }
}
