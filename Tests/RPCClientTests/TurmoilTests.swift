import HTTP2
import RPC
import RPCClient
import RPCServer
import Testing

/// However connections come and go, every call ends, and soon.
@Suite struct TurmoilTests {
  @Test("Calls on connections that are cut all the time end well or UNAVAILABLE")
  func cuts() async throws {
    let server = try await ScriptedServer(.http2(HTTP2Limits()) { answer, _ in answer.succeed() })
    try await withChannel(server.target) { channel in
      let cutter = Task {
        while true {
          try await Task.sleep(for: .milliseconds(.random(in: 2...100)))
          server.cutConnections()
        }
      }
      defer { cutter.cancel() }
      let codes = await callFromManyTasks(channel) { server.connectionCount > 10 }
      #expect(codes[nil, default: 0] > 0)
      #expect(Set(codes.keys).isSubset(of: [nil, .unavailable]), "\(codes)")
    }
    #expect(server.connectionCount > 10)
    try await server.stop()
  }

  @Test("A server that sends its clients away after every tenth call loses none")
  func goAways() async throws {
    let server = try await ScriptedServer(
      .http2(HTTP2Limits()) { answer, number in
        if number % 10 == 0 { answer.steps = [.goAway(.noError, "")] }
        answer.succeed()
      })
    try await withChannel(
      server.target, { $0.backoff = Backoff(initial: .milliseconds(1), maximum: .milliseconds(1)) }
    ) { channel in
      let codes = await callFromManyTasks(channel) { server.connectionCount > 10 }
      #expect(Set(codes.keys) == [nil], "\(codes)")
    }
    #expect(server.connectionCount > 10)
    try await server.stop()
  }

  @Test("Calls that are cancelled at every moment leave nothing behind")
  func cancellations() async throws {
    try await withServer([echo], { $0.http2.maxConcurrentStreams = 4 }) { target, _ in
      try await withChannel(target) { channel in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for index in 0..<300 {
            group.addTask {
              let call = Task { try await channel.call("/t.T/Echo", [1], .within(.seconds(5))) }
              try await Task.sleep(for: .microseconds(index * 20))
              call.cancel()
              _ = await call.result
            }
          }
          try await group.waitForAll()
        }
        for _ in 0..<20 {
          let answer = try await channel.call("/t.T/Echo", [2], .within(.seconds(5)))
          #expect(answer == [2])
        }
      }
    }
  }

  /// How often calls ended with which code, until enough happened; nil is OK.
  private func callFromManyTasks(
    _ channel: RPCChannel, until isEnough: @escaping @Sendable () -> Bool
  ) async -> [StatusCode?: Int] {
    let end = ContinuousClock.now + .seconds(20)
    return await withTaskGroup(of: [StatusCode?: Int].self) { group in
      for _ in 0..<8 {
        group.addTask {
          var codes: [StatusCode?: Int] = [:]
          while ContinuousClock.now < end, !isEnough() {
            let error = await channel.failure(of: "/t.T/M", [], .within(.seconds(10)))
            codes[error?.code, default: 0] += 1
          }
          return codes
        }
      }
      return await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }
  }
}
