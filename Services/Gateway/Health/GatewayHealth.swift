import Messages
import RPC
import StandardServices

/// Serves `grpc.health.v1.Health` for the whole: the empty name is the gateway with all that stands
/// behind it, and a service is as its upstream says.
struct GatewayHealth: GrpcHealthV1.Health {
  private typealias Status = GrpcHealthV1.HealthCheckResponse.ServingStatus

  private let routes: Routes
  private let register: HealthRegister

  /// How long an upstream may take to say how a service is.
  private static let patience = Duration.seconds(2)
  /// The pause before an upstream that is away is asked again.
  private static let pause = Duration.milliseconds(500)
  /// Services in one answer of `List` at most, as the protocol asks of servers.
  private static let maxListed = 100

  /// `register` holds the status of the whole, under the empty name, and of the gateway's own.
  init(_ routes: Routes, _ register: HealthRegister) {
    self.routes = routes
    self.register = register
  }

  func check(_ request: GrpcHealthV1.HealthCheckRequest, _ context: CallContext) async throws
    -> GrpcHealthV1.HealthCheckResponse
  {
    if let status = register.status(of: request.service) { return .init(status: status) }
    guard let upstream = routes.upstream(of: request.service) else {
      throw RPCError(.notFound, "no service \(request.service) here")
    }
    do {
      let client = GrpcHealthV1.HealthClient(try upstream.connection())
      return try await client.check(request, CallOptions(timeout: Self.patience))
    } catch let error as RPCError where error.code == .notFound {
      throw error
    } catch {
      return .init(status: .notServing)
    }
  }

  func list(_ request: GrpcHealthV1.HealthListRequest, _ context: CallContext) async throws
    -> GrpcHealthV1.HealthListResponse
  {
    var statuses = register.all.mapValues { GrpcHealthV1.HealthCheckResponse(status: $0) }
    await withTaskGroup(of: [String: GrpcHealthV1.HealthCheckResponse].self) { group in
      for upstream in routes.upstreams where upstream.isSetUp {
        group.addTask { await self.list(upstream) }
      }
      for await part in group { statuses.merge(part) { first, _ in first } }
    }
    guard statuses.count <= Self.maxListed else {
      throw RPCError(.resourceExhausted, "\(statuses.count) services do not fit in one answer")
    }
    return .init(statuses: statuses)
  }

  /// The services of one upstream that calls through here reach; none while it is away.
  private func list(_ upstream: Upstream) async -> [String: GrpcHealthV1.HealthCheckResponse] {
    guard let invoker = try? upstream.connection() else { return [:] }
    let options = CallOptions(timeout: Self.patience)
    let answer = try? await GrpcHealthV1.HealthClient(invoker).list(.init(), options)
    return (answer?.statuses ?? [:]).filter {
      routes.upstream(of: $0.key)?.prefix == upstream.prefix
    }
  }

  /// Lasts until the caller ends it, or its connection is drained.
  func watch(
    _ request: GrpcHealthV1.HealthCheckRequest,
    _ responses: ResponseWriter<GrpcHealthV1.HealthCheckResponse>, _ context: CallContext
  ) async throws {
    guard register.status(of: request.service) == nil,
      let upstream = routes.upstream(of: request.service)
    else { return try await HealthService(register).watch(request, responses, context) }
    try await withThrowingTaskGroup { group in
      group.addTask { try await self.follow(request, at: upstream, responses) }
      group.addTask {
        try await context.draining()
        throw RPCError(.unavailable, "the gateway is stopping").reason("DRAINING")
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Tells what the upstream says for as long as it says something, and NOT_SERVING while it is
  /// away; the same thing only once.
  private func follow(
    _ request: GrpcHealthV1.HealthCheckRequest, at upstream: Upstream,
    _ responses: ResponseWriter<GrpcHealthV1.HealthCheckResponse>
  ) async throws {
    var told: Status?
    func tell(_ status: Status) async throws {
      guard status != told else { return }
      told = status
      try await responses.send(.init(status: status))
    }
    while true {
      do {
        let client = GrpcHealthV1.HealthClient(try upstream.connection(.lasting))
        for try await answer in try await client.watch(request).responses {
          try await tell(answer.status)
        }
      } catch let error as RPCError where error.code == .deadlineExceeded {
        // A server ends every stream some day: this one begins anew.
        continue
      } catch let error as RPCError where error.reason == "TOO_MANY_OPEN_CALLS" {
        throw error.passedOn(from: upstream)
      } catch {
        try await tell(.notServing)
      }
      try await Task.sleep(for: Self.pause)
    }
  }
}
