import Peers
import RPC
import RPCClient
import TestMessages

/// The same large call again and again: each quick enough, few failing, all in time.
struct Soak {
  private let iterations: Int
  private let maxFailures: Int
  private let maxLatency: Duration
  private let maxTime: Duration
  private let minInterval: Duration
  private let requestSize: Int
  private let responseSize: Int

  init(_ flags: Flags) throws {
    iterations = try flags.number("soak_iterations", 10)
    maxFailures = try flags.number("soak_max_failures", 0)
    maxLatency = .milliseconds(
      try flags.number("soak_per_iteration_max_acceptable_latency_ms", 1_000))
    maxTime = .seconds(try flags.number("soak_overall_timeout_seconds", 60))
    minInterval = .milliseconds(try flags.number("soak_min_time_ms_between_rpcs", 0))
    requestSize = try flags.number("soak_request_size", Sizes.largeRequest)
    responseSize = try flags.number("soak_response_size", Sizes.largeResponse)
  }

  /// `iteration` gets a call to make on the channel of its choice.
  func run(_ iteration: ((RPCChannel) async throws -> Void) async throws -> Void) async throws {
    var failures: [String] = []
    let end = ContinuousClock.now + maxTime
    for number in 0..<iterations {
      guard .now < end else { throw Unexpected("only \(number) iterations in time") }
      let start = ContinuousClock.now
      do {
        try await iteration(call)
      } catch {
        failures.append("iteration \(number): \(error)")
      }
      let time = start.duration(to: .now)
      if time > maxLatency { failures.append("iteration \(number) took \(time)") }
      if time < minInterval { try await Task.sleep(for: minInterval - time) }
    }
    guard failures.count <= maxFailures else {
      throw Unexpected(failures.joined(separator: "\n"))
    }
  }

  private func call(_ channel: RPCChannel) async throws {
    let answer = try await GrpcTesting.TestServiceClient(channel).unaryCall(
      GrpcTesting.SimpleRequest(
        responseSize: Int32(responseSize), payload: .zeros(requestSize)))
    try expectZeros(answer.payload, responseSize)
  }
}
