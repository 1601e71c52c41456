import Foundation
import Peers
import RPC
import RPCClient
import TestMessages
import Testing

/// Services that die under load, callers that leave at every moment: every call ends, and soon, and
/// nothing of it stays in the gateway.
@Suite(.serialized) struct TurmoilTests {
  private typealias Output = GrpcTesting.StreamingOutputCallRequest

  @Test("A service killed and started again under load: each call ends well or UNAVAILABLE")
  func killedUnderLoad() async throws {
    let first = try await Program.interopServer(.ours)
    let gateway = try await GatewayProgram.start(routes: ["grpc.testing.": first.port])
    try await withTestService(at: gateway.port) { client in
      let load = Task { await Self.load(client, tasks: 16, for: .seconds(4)) }
      var service = first.program
      for _ in 0..<4 {
        try await Task.sleep(for: .milliseconds(600))
        service.send(signal: SIGKILL)
        _ = try await service.exitCode(within: .seconds(5))
        service = try await Program.interopServer(.ours, ["--port=\(first.port)"]).program
      }
      let codes = await load.value
      #expect(codes[nil, default: 0] > 0)
      #expect(codes[.unavailable, default: 0] > 0)
      #expect(Set(codes.keys) == [nil, .unavailable], "\(codes)")
      try await eventually { await failure { _ = try await client.emptyCall(.init()) } == nil }
      try await Self.expectNothingOpen(gateway)
      #expect(service.isRunning)
    }
  }

  @Test("Callers that leave at every moment leave nothing behind, here or at the service")
  func cancellations() async throws {
    let server = try await Program.interopServer(.ours)
    let gateway = try await GatewayProgram.start(routes: ["grpc.testing.": server.port])
    try await withTestService(at: gateway.port) { client in
      for round in 0..<3 {
        await withTaskGroup { group in
          for index in 0..<90 {
            group.addTask {
              await Self.leave(client, after: .microseconds(index * 60 + round * 17))
            }
          }
        }
      }
      try await Self.expectNothingOpen(gateway)
      // More calls than one connection to the service has places: none is held by a call gone.
      for _ in 0..<200 {
        _ = try await client.emptyCall(.init(), CallOptions(timeout: .seconds(5)))
      }
    }
  }

  private static func leave(_ client: GrpcTesting.TestServiceClient, after time: Duration) async {
    let call = Task {
      let call = try await client.fullDuplexCall(CallOptions(timeout: .seconds(10)))
      for _ in 0..<20 {
        try await call.send(Output(responseParameters: [.init(size: 3_000)]))
        _ = try await call.responses.next()
      }
    }
    try? await Task.sleep(for: time)
    call.cancel()
    _ = await call.result
  }

  /// How often calls ended with which code; nil is OK.
  private static func load(
    _ client: GrpcTesting.TestServiceClient, tasks: Int, for time: Duration
  ) async -> [StatusCode?: Int] {
    let end = ContinuousClock.now + time
    return await withTaskGroup(of: [StatusCode?: Int].self) { group in
      for task in 0..<tasks {
        group.addTask {
          var codes: [StatusCode?: Int] = [:]
          while .now < end {
            let error = await failure {
              task % 2 == 0 ? try await unary(client) : try await stream(client)
            }
            codes[error?.code, default: 0] += 1
            if error != nil { try? await Task.sleep(for: .milliseconds(20)) }
          }
          return codes
        }
      }
      return await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }
  }

  private static func unary(_ client: GrpcTesting.TestServiceClient) async throws {
    let request = GrpcTesting.SimpleRequest(responseSize: 2_000)
    _ = try await client.unaryCall(request, CallOptions(timeout: .seconds(10)))
  }

  private static func stream(_ client: GrpcTesting.TestServiceClient) async throws {
    let call = try await client.fullDuplexCall(CallOptions(timeout: .seconds(10)))
    for size in 1...5 {
      try await call.send(Output(responseParameters: [.init(size: Int32(size))]))
      guard try await call.responses.next() != nil else { return }
    }
    try await call.finishSending()
    while try await call.responses.next() != nil {}
  }

  private static func expectNothingOpen(_ gateway: GatewayProgram) async throws {
    try await eventually(within: .seconds(5)) {
      try await gateway.page("/metrics").split(separator: "\n")
        .contains("cabildo_server_open_streams 0")
    }
    #expect(gateway.program.isRunning, "\(gateway.program.printed)")
  }
}
