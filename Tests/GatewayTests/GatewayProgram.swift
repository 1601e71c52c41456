import Foundation
import Peers
import RPC
import RPCClient
import Sockets
import TestMessages
import Testing

/// The program `cabildo-gateway` before interop servers, as an operator would start it.
struct GatewayProgram: Sendable {
  let program: Program
  let port: UInt16

  /// `routes` says what is where; Cabildo's own services are not set up unless `flags` say so.
  static func start(
    routes: [String: UInt16], host: String = "127.0.0.1", _ flags: [String] = []
  ) async throws -> GatewayProgram {
    let none = ["membership", "consultation", "events", "finance"].map { "--\($0)=none" }
    let extra = routes.map { "--route=\($0.key)=\(host):\($0.value)" }
    let own = flags.map { $0.prefix { $0 != "=" } }
    let program = try Program(
      Repository.executable("cabildo-gateway"),
      ["--listen=127.0.0.1:0"] + none.filter { !own.contains($0.prefix { $0 != "=" }) } + extra
        + flags)
    let line = try await program.line(after: #"{"event":"started""#)
    let address = try #require(line.firstMatch(of: /"addresses":\["127\.0\.0\.1:([0-9]+)"/))
    return GatewayProgram(program: program, port: try #require(UInt16(address.1)))
  }

  /// A page, with its status behind it.
  func page(_ path: String) async throws -> String {
    try await Program.run(
      URL(filePath: "/usr/bin/curl"),
      ["--silent", "--write-out", "%{http_code}", "http://127.0.0.1:\(port)\(path)"]
    ).output
  }

  /// Bytes of memory that the program holds.
  var residentBytes: Int {
    let status = try? String(contentsOfFile: "/proc/\(program.processID)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }
}

/// A client of grpc's test service at a port, for the time of one test.
func withTestService<Result: Sendable>(
  at port: UInt16, _ body: (GrpcTesting.TestServiceClient) async throws -> Result
) async throws -> Result {
  let loops = LoopGroup(threads: 1)
  var configuration = ChannelConfiguration()
  configuration.backoff = Backoff(initial: .milliseconds(50), maximum: .milliseconds(200))
  let channel = RPCChannel(
    target: try Target("127.0.0.1:\(port)"), configuration: configuration,
    eventLoopGroup: loops.dialing)
  do {
    let result = try await body(GrpcTesting.TestServiceClient(channel))
    await channel.shutdown(grace: .seconds(1))
    try await loops.shutDown()
    return result
  } catch {
    await channel.shutdown(grace: .zero)
    try await loops.shutDown()
    throw error
  }
}

/// The error that a call ends with; nil when it succeeds.
func failure(_ body: () async throws -> Void) async -> RPCError? {
  do {
    try await body()
    return nil
  } catch {
    return RPCError(error)
  }
}
