import Foundation
import Peers
import RPC
import RPCClient
import TestMessages
import Testing

/// Names that callers make up, thousands of them, before the program and its metrics.
@Suite(.serialized) struct MadeUpMethodsTests {
  @Test("Made-up methods crash nothing, and take no series from the methods that are there")
  func thousands() async throws {
    let server = try await Program.interopServer(.ours)
    let frozen = try await Program.interopServer(.ours)
    let gateway = try await GatewayProgram.start(
      routes: ["grpc.testing.": server.port, "frozen.": frozen.port])
    frozen.program.send(signal: SIGSTOP)
    defer { frozen.program.send(signal: SIGCONT) }
    try await withTestService(at: gateway.port) { client in
      // A service that lacks them, one that is not set up, and one that does not answer.
      for (service, expected, count, timeout) in [
        ("grpc.testing.TestService", [.unimplemented], 1_500, .seconds(20)),
        ("cabildo.finance.v1.X", [.unavailable], 500, .seconds(20)),
        ("frozen.v1.X", [.deadlineExceeded, .unavailable], 200, .milliseconds(50)),
      ] as [(String, Set<StatusCode?>, Int, Duration)] {
        let codes = await call(
          count, of: service, client.invoker, CallOptions(timeout: timeout))
        #expect(codes.isSubset(of: expected), "\(service): \(codes)")
      }
      _ = try await client.emptyCall(.init())
      let open = try await client.fullDuplexCall()
      try await open.send(.init(responseParameters: [.init(size: 1)]))
      #expect(try await open.responses.next() != nil)

      // The ones that ran out of time end here a moment later.
      try await eventually { try await gateway.openStreams == 1 }
      let page = try await gateway.page("/metrics")
      let sums = { (name: String, label: String) in Self.sum(of: name, where: label, in: page) }
      let unknown = sums("grpc_server_started_total", #"grpc_method="unknown""#)
      #expect(2_001...2_200 ~= unknown, "not each that ran out of time came so far")
      #expect(sums("grpc_server_handled_total", #"grpc_method="unknown""#) == unknown)
      #expect(sums("grpc_server_handled_total", #"grpc_method="EmptyCall""#) == 1)
      #expect(sums("grpc_server_msg_received_total", #"grpc_method="EmptyCall""#) == 1)
      // A call that has been answered is its method's though it goes on.
      #expect(sums("grpc_server_started_total", #"grpc_method="FullDuplexCall""#) == 1)
      #expect(sums("grpc_server_msg_sent_total", #"grpc_method="FullDuplexCall""#) == 1)
      #expect(!page.contains("MadeUp") && !page.contains(#""other""#))
      try await open.finishSending()
      #expect(try await open.responses.next() == nil)
    }
    try await eventually { try await gateway.openStreams == 0 }
    gateway.program.send(signal: SIGTERM)
    #expect(try await gateway.program.exitCode(within: .seconds(10)) == 0)
  }

  /// Calls so many methods once each, eight at a time, and tells with what they ended.
  private func call(
    _ count: Int, of service: String, _ invoker: any CallInvoker, _ options: CallOptions
  ) async -> Set<StatusCode?> {
    await withTaskGroup(of: Set<StatusCode?>.self) { tasks in
      for caller in 0..<8 {
        tasks.addTask {
          var codes: Set<StatusCode?> = []
          for number in stride(from: caller, to: count, by: 8) {
            let method = MethodName(service: service, method: "MadeUp\(number)")
            codes.insert(await invoker.outcome(of: method, .unary, [[]], options).error?.code)
          }
          return codes
        }
      }
      return await tasks.reduce(into: []) { $0.formUnion($1) }
    }
  }

  private static func sum(of name: String, where label: String, in page: String) -> Double {
    page.split(separator: "\n").filter { $0.hasPrefix("\(name){") && $0.contains(label) }
      .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
  }
}

extension GatewayProgram {
  fileprivate var openStreams: Int? {
    get async throws {
      try await page("/metrics").firstMatch(of: /\ncabildo_server_open_streams (-?[0-9]+)\n/)
        .flatMap { Int($0.1) }
    }
  }
}
