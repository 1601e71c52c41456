package import Messages
package import RPC

/// Serves `grpc.health.v1.Health` from a register.
package struct HealthService: GrpcHealthV1.Health {
  private let register: HealthRegister

  /// Services in one answer of `List` at most, as the protocol asks of servers.
  private static let maxListed = 100

  package init(_ register: HealthRegister) { self.register = register }

  package func check(_ request: GrpcHealthV1.HealthCheckRequest, _ context: CallContext)
    async throws -> GrpcHealthV1.HealthCheckResponse
  {
    guard let status = register.status(of: request.service) else {
      throw RPCError(.notFound, "no service \(request.service) here")
    }
    return GrpcHealthV1.HealthCheckResponse(status: status)
  }

  package func list(_ request: GrpcHealthV1.HealthListRequest, _ context: CallContext)
    async throws -> GrpcHealthV1.HealthListResponse
  {
    let all = register.all
    guard all.count <= Self.maxListed else {
      throw RPCError(.resourceExhausted, "\(all.count) services do not fit in one answer")
    }
    return GrpcHealthV1.HealthListResponse(
      statuses: all.mapValues { GrpcHealthV1.HealthCheckResponse(status: $0) })
  }

  /// Lasts until the caller ends it, or its connection is drained.
  package func watch(
    _ request: GrpcHealthV1.HealthCheckRequest,
    _ responses: ResponseWriter<GrpcHealthV1.HealthCheckResponse>, _ context: CallContext
  ) async throws {
    let updates = register.updates(of: request.service)
    try await withThrowingTaskGroup { group in
      group.addTask {
        for await status in updates {
          try await responses.send(GrpcHealthV1.HealthCheckResponse(status: status))
        }
      }
      group.addTask {
        try await context.draining()
        throw RPCError(.unavailable, "the server is stopping").reason("DRAINING")
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}
