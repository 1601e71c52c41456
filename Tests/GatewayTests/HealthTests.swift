import Messages
import RPC
import RPCClient
import Sockets
import StandardServices
import Testing

@testable import cabildo_gateway

/// The health of the whole, and of each service as its upstream says.
@Suite struct HealthTests {
  private typealias Status = GrpcHealthV1.HealthCheckResponse.ServingStatus

  /// What stands behind: its own register, and the services that it says things of.
  private static func register() -> HealthRegister {
    let register = HealthRegister(services: ["test.v1.Good", "test.v1.Bad", "other.v1.Hidden"])
    register.set(nil, .serving)
    register.set("test.v1.Bad", .notServing)
    return register
  }

  private func check(_ client: some CallInvoker, _ service: String) async throws -> Status {
    try await GrpcHealthV1.HealthClient(client)
      .check(.init(service: service), CallOptions(timeout: .seconds(10))).status
  }

  @Test(
    "A service is as its upstream says, the empty name as the register of the whole",
    arguments: [
      ("test.v1.Good", "SERVING"), ("test.v1.Bad", "NOT_SERVING"), ("", "SERVING"),
      ("cabildo.finance.v1.FinanceService", "NOT_SERVING"), ("test.v1.Unknown", nil),
      ("other.v1.Hidden", nil), ("nothing", nil),
    ])
  func check(service: String, expected: String?) async throws {
    try await withGateway(services: [HealthService(Self.register())]) { gateway in
      gateway.health.set("", .serving)
      do {
        let status = try await check(gateway.client, service)
        #expect(status.name == expected)
      } catch let error as RPCError {
        #expect(expected == nil)
        #expect(error.code == .notFound)
      }
    }
  }

  @Test("What is watched is told once, and again whenever the upstream says another thing")
  func watch() async throws {
    let register = Self.register()
    try await withGateway(services: [HealthService(register)]) { gateway in
      let call = try await GrpcHealthV1.HealthClient(gateway.client)
        .watch(.init(service: "test.v1.Good"), CallOptions(timeout: .seconds(20)))
      #expect(try await call.responses.next()?.status == .serving)
      register.set("test.v1.Good", .notServing)
      #expect(try await call.responses.next()?.status == .notServing)
      register.set("test.v1.Good", .serving)
      #expect(try await call.responses.next()?.status == .serving)
      let unknown = try await GrpcHealthV1.HealthClient(gateway.client)
        .watch(.init(service: "nothing"), CallOptions(timeout: .seconds(20)))
      #expect(try await unknown.responses.next()?.status == .serviceUnknown)
    }
  }

  @Test("All services that can be called through here are listed, those behind with theirs")
  func list() async throws {
    try await withGateway(services: [HealthService(Self.register())]) { gateway in
      gateway.health.set("", .serving)
      let answer = try await GrpcHealthV1.HealthClient(gateway.client).list(.init())
      #expect(
        answer.statuses.mapValues(\.status) == [
          "": .serving, "test.v1.Good": .serving, "test.v1.Bad": .notServing,
        ])
    }
  }

  @Test(
    "An upstream serves when it says so, or answers calls and knows no health service",
    arguments: [
      (Status.serving, nil), (.notServing, "it says NOT_SERVING"), (nil, nil),
    ] as [(GrpcHealthV1.HealthCheckResponse.ServingStatus?, String?)])
  func probe(status: GrpcHealthV1.HealthCheckResponse.ServingStatus?, expected: String?)
    async throws
  {
    let register = HealthRegister(services: [])
    if let status { register.set("", status) }
    let services: [any RPCService] = status == nil ? [] : [HealthService(register)]
    try await withGateway(services: services) { gateway in
      let upstream = Upstream(
        name: "test", prefix: "test.", target: "x", invoker: gateway.direct)
      do throws(UpstreamProbe.Failure) {
        try await UpstreamProbe(upstream: upstream).ask()
        #expect(expected == nil)
      } catch {
        #expect(error.words == expected)
      }
    }
  }

  @Test("An upstream that is away, or hangs, does not serve")
  func probeOfNobody() async throws {
    let hangs = ServerMethod("/grpc.health.v1.Health/Check", .unary) { _ in
      try await Task.sleep(for: .seconds(60))
    }
    try await withGateway([hangs]) { gateway in
      let away = RPCChannel(
        target: try Target("127.0.0.1:1"), eventLoopGroup: gateway.loops.dialing)
      for (channel, words) in [
        (away, "it cannot be reached (CONNECTION_REFUSED)"), (gateway.direct, "it does not answer"),
      ] {
        let upstream = Upstream(name: "test", prefix: "test.", target: "x", invoker: channel)
        await #expect(throws: UpstreamProbe.Failure(words: words)) {
          try await UpstreamProbe(upstream: upstream).ask()
        }
      }
      await away.shutdown(grace: .zero)
    }
  }
}
