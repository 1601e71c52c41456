import HTTP2
import NIOPosix
import Peers
import RPC
import RPCClient
import RPCServer
import Testing

/// What a channel does with its connections: retries, drains, balances, comes back.
@Suite struct ChannelTests {
  private static func retrying(_ attempts: Int) -> ServiceConfig {
    ServiceConfig(methods: [
      MethodConfig(
        names: [.all],
        retry: RetryPolicy(
          attempts: attempts, initialBackoff: .milliseconds(5), maximumBackoff: .milliseconds(10),
          retryableCodes: [.unavailable]))
    ])
  }

  /// A server that lets the first `failures` requests fail by the steps and then answers.
  private static func failing(
    _ failures: Int, _ steps: @escaping @Sendable (inout Answer) -> Void
  ) async throws -> ScriptedServer {
    try await ScriptedServer(
      .http2(HTTP2Limits()) { answer, number in
        if number <= failures { steps(&answer) } else { answer.succeed() }
      })
  }

  @Test("A call is tried again by policy, and says how often it was tried before")
  func retries() async throws {
    let server = try await Self.failing(2) { $0.fail(14) }
    try await withChannel(server.target, { $0.serviceConfig = Self.retrying(3) }) { channel in
      let answer = try await channel.call("/t.T/M")
      #expect(answer == [])
    }
    #expect(server.heads.map { $0.first("grpc-previous-rpc-attempts") } == [nil, "1", "2"])
    try await server.stop()
  }

  @Test(
    "A call is not tried again without policy, beyond it, by pushback, nor once headers arrived",
    arguments: [
      (1, 3, ("x", "y"), 1), (2, 3, ("x", "y"), 2), (3, 3, ("grpc-retry-pushback-ms", "-1"), 1),
    ])
  func givesUp(attempts: Int, failures: Int, header: (String, String), requests: Int) async throws {
    let server = try await Self.failing(failures) { $0.fail(14, header) }
    try await withChannel(server.target, { $0.serviceConfig = Self.retrying(attempts) }) {
      #expect(await $0.failure(of: "/t.T/M")?.code == .unavailable)
    }
    #expect(server.heads.count == requests)
    try await server.stop()
  }

  @Test("Once response headers arrived a call is not tried again")
  func committed() async throws {
    let server = try await Self.failing(9) {
      $0.steps = [.headers(Answer.head, endStream: false), .trailers(["grpc-status": "14"])]
    }
    try await withChannel(server.target, { $0.serviceConfig = Self.retrying(3) }) {
      #expect(await $0.failure(of: "/t.T/M")?.code == .unavailable)
    }
    #expect(server.heads.count == 1)
    try await server.stop()
  }

  @Test("A refused stream is tried again once, without any policy")
  func refusedStream() async throws {
    let server = try await Self.failing(1) { $0.steps = [.reset(.refusedStream)] }
    _ = try await withChannel(server.target) { try await $0.call("/t.T/M") }
    #expect(server.heads.count == 2)
    #expect(server.heads.last?.first("grpc-previous-rpc-attempts") == nil)
    try await server.stop()
  }

  @Test("All messages of a streaming call are sent again with a retry")
  func replays() async throws {
    let attempts = Observed(0)
    let method = ServerMethod("/t.T/Sum", .clientStreaming) { call in
      let attempt = attempts.withLock {
        $0 += 1
        return $0
      }
      var sum: [UInt8] = []
      while let message = try await call.stream.nextMessage() { sum += message }
      if attempt == 1 { throw RPCError(.unavailable, "not now") }
      try await call.stream.send(MessageFrame(payload: sum))
    }
    try await withServer([method]) { target, _ in
      try await withChannel(target, { $0.serviceConfig = Self.retrying(2) }) { channel in
        let stream = try await channel.open(ClientRequest("/t.T/Sum", .clientStreaming))
        for number in 1...3 as ClosedRange<UInt8> {
          try await stream.send(MessageFrame(payload: [number]), compress: false)
        }
        try await stream.finishSending()
        #expect(try await stream.soleMessage() == [1, 2, 3])
      }
    }
    #expect(attempts.withLock { $0 } == 2)
  }

  @Test("A draining server finishes its calls while new ones go to a new connection")
  func goAway() async throws {
    let server = try await ScriptedServer(
      .http2(HTTP2Limits()) { answer, number in
        if number == 1 { answer.steps = [.goAway(.noError, "maintenance")] }
        answer.succeed()
      })
    try await withChannel(server.target) { channel in
      #expect(try await channel.call("/t.T/M") == [])
      try await eventually { channel.state != .ready }
      #expect(try await channel.call("/t.T/M") == [])
    }
    #expect(server.connectionCount == 2)
    try await server.stop()
  }

  @Test("A call that a draining server never looked at goes to another connection")
  func aboveLastStream() async throws {
    let server = try await ScriptedServer(
      .http2(HTTP2Limits()) { answer, number in
        switch number {
        // GOAWAY with last stream 0: the request was seen by nobody.
        case 1:
          answer.steps = [.raw([0, 0, 8, 7, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 8))]
        default: answer.succeed()
        }
      })
    try await withChannel(server.target) { channel in
      let answer = try await channel.call("/t.T/M", [], .within(.seconds(5)))
      #expect(answer == [])
    }
    #expect(server.connectionCount == 2)
    try await server.stop()
  }

  @Test("A server that was pinged too often is asked half as often")
  func tooManyPings() async throws {
    let pinged = Observed(0)
    let server = try await ScriptedServer(
      .http2(HTTP2Limits()) { answer, number in
        pinged.withLock { $0 = number }
        answer.steps =
          number == 1
          ? [.goAway(.enhanceYourCalm, "too_many_pings"), .close] : [.stopReading]
      })
    let keepalive = ClientKeepalive(
      time: .milliseconds(200), timeout: .milliseconds(50), timeMinimum: .zero)
    try await withChannel(server.target, { $0.keepalive = keepalive }) { channel in
      let first = await channel.failure(of: "/t.T/M", [], .within(.seconds(5)))
      #expect(first?.reason == "GOAWAY")
      #expect(first?.message.contains("too_many_pings") == true)
      let start = ContinuousClock.now
      let second = await channel.failure(of: "/t.T/M", [], .within(.seconds(5)))
      #expect(second?.reason == "KEEPALIVE_TIMEOUT")
      #expect(ContinuousClock.now - start >= .milliseconds(440))
    }
    #expect(pinged.withLock { $0 } == 2)
    try await server.stop()
  }

  @Test("Calls that gave up waiting for a stream do not hold up those behind them")
  func abandonedInQueue() async throws {
    let release = Observed(false)
    let method = ServerMethod("/t.T/M", .unary) { call in
      while !release.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
      try await call.stream.send(MessageFrame(payload: []))
    }
    try await withServer([method], { $0.http2.maxConcurrentStreams = 1 }) { target, _ in
      try await withChannel(target) { channel in
        let running = Task { try await channel.call("/t.T/M", [], .within(.seconds(5))) }
        try await eventually { channel.state == .ready }
        try await Task.sleep(for: .milliseconds(50))
        let impatient = (0..<5).map { _ in
          Task { await channel.failure(of: "/t.T/M", [], .within(.milliseconds(100))) }
        }
        try await Task.sleep(for: .milliseconds(50))
        let patient = Task { try await channel.call("/t.T/M", [], .within(.seconds(5))) }
        for call in impatient { #expect(await call.value?.code == .deadlineExceeded) }
        release.withLock { $0 = true }
        _ = try await running.value
        _ = try await patient.value
      }
    }
  }

  @Test("No more streams are opened than the server allows; the others wait their turn")
  func concurrentStreams() async throws {
    let running = Observed((now: 0, most: 0))
    let method = ServerMethod("/t.T/M", .unary) { call in
      running.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      try await Task.sleep(for: .milliseconds(5))
      running.withLock { $0.now -= 1 }
      try await call.stream.send(MessageFrame(payload: []))
    }
    try await withServer([method], { $0.http2.maxConcurrentStreams = 3 }) { target, _ in
      try await withChannel(target) { channel in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<40 { group.addTask { _ = try await channel.call("/t.T/M") } }
          try await group.waitForAll()
        }
      }
    }
    #expect(running.withLock { $0.most } == 3)
  }

  @Test("A call that waits for ready outlasts the absence of its server")
  func waitForReady() async throws {
    let gone = try await ScriptedServer.gone()
    try await withChannel(gone.target) { channel in
      let waiting = Task {
        try await channel.call("/t.T/M", [], .within(.seconds(5), waitForReady: true))
      }
      #expect(await channel.failure(of: "/t.T/M")?.reason == "CONNECTION_REFUSED")
      let server = try await ScriptedServer(
        .http2(HTTP2Limits()) { answer, _ in answer.succeed() }, host: gone.host, port: gone.port)
      #expect(try await waiting.value == [])
      try await server.stop()
    }
  }

  @Test("A call that waits for ready ends at its deadline and says what it waited for")
  func waitingDeadline() async throws {
    let gone = try await ScriptedServer.gone()
    try await withChannel(gone.target) { channel in
      let error = await channel.failure(
        of: "/t.T/M", [], .within(.seconds(1), waitForReady: true))
      #expect(error?.code == .deadlineExceeded)
      #expect(error?.message.contains("connection refused") == true)
    }
  }

  @Test("round_robin uses every server, drops a dead one and takes it back")
  func roundRobin() async throws {
    let script = ScriptedServer.Script.http2(HTTP2Limits()) { answer, _ in answer.succeed() }
    let (first, second) = (try await ScriptedServer(script), try await ScriptedServer(script))
    let target = "static:\(first.target),\(second.target)"
    try await withChannel(target, { $0.serviceConfig.balancing = .roundRobin }) { channel in
      /// Calls until the last two went one to each of these, so that both are known to be in use.
      func callUntilUsed(_ servers: ScriptedServer...) async throws {
        try await eventually {
          let before = servers.map(\.heads.count)
          for _ in servers { _ = try? await channel.call("/t.T/M") }
          return zip(servers, before).allSatisfy { $0.heads.count == $1 + 1 }
        }
      }
      try await callUntilUsed(first, second)
      let before = (first.heads.count, second.heads.count)
      for _ in 0..<10 { _ = try await channel.call("/t.T/M") }
      #expect(first.heads.count - before.0 == 5)
      #expect(second.heads.count - before.1 == 5)
      try await second.stop()
      try await callUntilUsed(first)
      let back = try await ScriptedServer(script, port: second.port)
      try await callUntilUsed(first, back)
      try await back.stop()
    }
    try await first.stop()
  }

  @Test("pick_first goes on to the next address when the first is dead")
  func pickFirst() async throws {
    let gone = try await ScriptedServer.gone()
    let server = try await ScriptedServer(.http2(HTTP2Limits()) { answer, _ in answer.succeed() })
    try await withChannel("static:\(gone.target),\(server.target)") { channel in
      for _ in 0..<3 { _ = try await channel.call("/t.T/M") }
    }
    #expect(server.connectionCount == 1)
    try await server.stop()
  }

  @Test("A lost connection comes back with the next call")
  func reconnects() async throws {
    let server = try await ScriptedServer(.http2(HTTP2Limits()) { answer, _ in answer.succeed() })
    try await withChannel(server.target) { channel in
      #expect(try await channel.call("/t.T/M") == [])
      server.cutConnections()
      try await eventually { channel.state == .idle }
      #expect(try await channel.call("/t.T/M") == [])
    }
    #expect(server.connectionCount == 2)
    try await server.stop()
  }

  @Test("A server that stopped answering is noticed by keepalive")
  func keepalive() async throws {
    let server = try await ScriptedServer(
      .http2(HTTP2Limits()) { answer, _ in answer.steps = [.stopReading] })
    let keepalive = ClientKeepalive(
      time: .milliseconds(50), timeout: .milliseconds(100), timeMinimum: .zero)
    try await withChannel(server.target, { $0.keepalive = keepalive }) { channel in
      let error = await channel.failure(of: "/t.T/M", [], .within(.seconds(5)))
      #expect(error?.code == .unavailable)
      #expect(error?.reason == "KEEPALIVE_TIMEOUT")
    }
    try await server.stop()
  }

  @Test("A channel that was shut down lets open calls end and takes no more")
  func shutdown() async throws {
    let method = ServerMethod("/t.T/M", .unary) { call in
      try await Task.sleep(for: .milliseconds(100))
      try await call.stream.send(MessageFrame(payload: [1]))
    }
    try await withServer([method]) { target, server in
      let channel = RPCChannel(
        target: try Target(target), eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
      let open = Task { try await channel.call("/t.T/M") }
      try await eventually { channel.state == .ready }
      try await Task.sleep(for: .milliseconds(30))
      await channel.shutdown(grace: .seconds(5))
      #expect(try await open.value == [1])
      #expect(channel.state == .shutdown)
      #expect(await channel.failure(of: "/t.T/M")?.reason == "CHANNEL_SHUT_DOWN")
      try await eventually { server.connectionCount == 0 }
    }
  }

  @Test("A call still open when the grace ends is cut off")
  func cutOff() async throws {
    try await withServer([sleepy]) { target, _ in
      let channel = RPCChannel(
        target: try Target(target), eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
      let open = Task { await channel.failure(of: "/t.T/Sleep") }
      try await eventually { channel.state == .ready }
      try await Task.sleep(for: .milliseconds(30))
      let start = ContinuousClock.now
      await channel.shutdown(grace: .milliseconds(100))
      #expect(ContinuousClock.now - start < .seconds(2) * Slack.factor)
      #expect(await open.value?.reason == "CHANNEL_SHUT_DOWN")
    }
  }
}
