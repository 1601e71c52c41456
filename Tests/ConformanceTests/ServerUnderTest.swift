import Foundation
import Peers
import Testing

/// The port of the server that the tests of a suite talk to: a real one, started for the suite.
///
/// `CABILDO_CONFORMANCE_PORT` names the port of a server already running, of whatever make.
struct ServerUnderTest: SuiteTrait, TestScoping {
  @TaskLocal static var port: UInt16 = 0

  func provideScope(
    for test: Test, testCase: Test.Case?,
    performing body: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let environment = ProcessInfo.processInfo.environment
    if let port = environment["CABILDO_CONFORMANCE_PORT"].flatMap(UInt16.init) {
      return try await perform(body, port, test.name)
    }
    let server = try Program(Repository.executable("interop-server"), ["--port=0"])
    let address = try await server.line(after: "listening on ")
    let port = try #require(address.split(separator: ":").last.flatMap { UInt16($0) })
    try await perform(body, port, test.name)
    #expect(server.isRunning, "the server ended: \(server.printed)")
  }

  /// Raw peers wait with their thread, so the suite has one of its own.
  private func perform(
    _ body: @Sendable () async throws -> Void, _ port: UInt16, _ name: String
  ) async throws {
    try await Self.$port.withValue(port) {
      try await withTaskExecutorPreference(BlockingExecutor(name)) { try await body() }
    }
  }
}

extension SuiteTrait where Self == ServerUnderTest {
  /// Starts the interop server for the suite.
  static var served: ServerUnderTest { ServerUnderTest() }
}
