import HTTP2
import Messages
import RPC
import RPCClient
import RPCServer
import StandardServices
import Testing

/// A channel that watches the health of its servers, against our own health service.
@Suite struct HealthWatchTests {
  private static func watching(_ service: String) -> (inout ChannelConfiguration) -> Void {
    { configuration in
      configuration.serviceConfig.balancing = .roundRobin
      configuration.serviceConfig.healthService = service
    }
  }

  private static func methods(_ register: HealthRegister) -> [ServerMethod] {
    [echo] + HealthService(register).methods
  }

  @Test("Calls go to a server while it says that it serves", arguments: ["", "t.T"])
  func follows(service: String) async throws {
    let register = HealthRegister(services: ["t.T"])
    register.set("t.T", .serving)
    register.set(nil, .serving)
    try await withServer(Self.methods(register)) { target, _ in
      try await withChannel(target, Self.watching(service)) { channel in
        #expect(try await channel.call("/t.T/Echo", [1], .within(.seconds(5))) == [1])
        register.set(service.isEmpty ? nil : service, .notServing)
        try await eventually { channel.state == .transientFailure }
        let error = await channel.failure(of: "/t.T/Echo")
        #expect(error?.code == .unavailable)
        #expect(error?.reason == "NOT_SERVING")
        #expect(error?.message.contains("NOT_SERVING") == true)
        let snapshot = await channel.snapshot()
        #expect(snapshot.subchannels.map(\.state) == [.transientFailure])
        #expect(snapshot.subchannels.flatMap(\.sockets).count == 1)
        register.set(service.isEmpty ? nil : service, .serving)
        try await eventually { channel.state == .ready }
        #expect(try await channel.call("/t.T/Echo", [2]) == [2])
      }
    }
  }

  @Test("A service that the server does not know is not called")
  func unknownService() async throws {
    let register = HealthRegister(services: [])
    try await withServer(Self.methods(register)) { target, _ in
      try await withChannel(target, Self.watching("t.Other")) { channel in
        let error = await channel.failure(of: "/t.T/Echo", [], .within(.seconds(5)))
        #expect(error?.reason == "NOT_SERVING")
        #expect(error?.message.contains("SERVICE_UNKNOWN") == true)
      }
    }
  }

  @Test("A server without a health service is called")
  func withoutHealth() async throws {
    try await withServer([echo]) { target, _ in
      try await withChannel(target, Self.watching("t.T")) { channel in
        let answer = try await channel.call("/t.T/Echo", [1], .within(.seconds(5)))
        #expect(answer == [1])
      }
    }
  }

  @Test("pick_first watches nothing")
  func pickFirst() async throws {
    let register = HealthRegister(services: [])
    register.set(nil, .notServing)
    try await withServer(Self.methods(register)) { target, _ in
      try await withChannel(target, { $0.serviceConfig.healthService = "" }) { channel in
        let answer = try await channel.call("/t.T/Echo", [1])
        #expect(answer == [1])
      }
    }
  }

  @Test("The healthy of two servers gets all calls")
  func oneOfTwo() async throws {
    let (first, second) = (HealthRegister(services: []), HealthRegister(services: []))
    for register in [first, second] { register.set(nil, .serving) }
    let calls = Observed([0, 0])
    func methods(_ number: Int, _ register: HealthRegister) -> [ServerMethod] {
      let method = ServerMethod("/t.T/M", .unary) { call in
        calls.withLock { $0[number] += 1 }
        try await call.stream.send(MessageFrame(payload: []))
      }
      return [method] + HealthService(register).methods
    }
    try await withServer(methods(0, first)) { one, _ in
      try await withServer(methods(1, second)) { two, _ in
        try await withChannel("static:\(one),\(two)", Self.watching("")) { channel in
          channel.connect()
          func states() async -> [Connectivity] {
            await channel.snapshot().subchannels.map(\.state)
          }
          try await eventually { await states() == [.ready, .ready] }
          second.set(nil, .notServing)
          try await eventually { await states() == [.ready, .transientFailure] }
          for _ in 0..<10 { _ = try await channel.call("/t.T/M") }
          #expect(calls.withLock { $0 } == [10, 0])
        }
      }
    }
  }

  @Test("A watch that breaks begins again")
  func restarts() async throws {
    let watches = Observed(0)
    let watch = ServerMethod("/grpc.health.v1.Health/Watch", .serverStreaming) { call in
      let number = watches.withLock {
        $0 += 1
        return $0
      }
      // The first two break off unanswered, the third is SERVING.
      guard number > 2 else { throw RPCError(.internal, "broken") }
      try await call.stream.send(MessageFrame(payload: [8, 1]))
      try await Task.sleep(for: .seconds(60))
    }
    try await withServer([echo, watch]) { target, _ in
      try await withChannel(target, Self.watching("")) { channel in
        let options = CallOptions.within(.seconds(5), waitForReady: true)
        let answer = try await channel.call("/t.T/Echo", [1], options)
        #expect(answer == [1])
        #expect(watches.withLock { $0 } == 3)
      }
    }
  }
}
