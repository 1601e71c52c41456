import Attacks
import Foundation
import Peers
import Synchronization

/// A well-behaved caller: calls again and again on a connection to each loop, and keeps account of
/// how long it had to wait.
final class GoodCaller: Sendable {
  struct Experience: Sendable {
    var calls = 0
    var failures: [String] = []
    var longest = Duration.zero
    /// How late the machine let go on who only slept: what it kept from everybody.
    var machineLate = Duration.zero
  }

  private let state = Mutex((experience: Experience(), isOver: false))
  private let port: UInt16

  private static let pause = Duration.milliseconds(5)

  init(port: UInt16) { self.port = port }

  /// What it has gone through while `body` ran.
  static func during<Result>(
    _ server: ServerUnderAttack, _ body: () async throws -> Result
  ) async throws -> (Result, Experience) {
    let caller = GoodCaller(port: server.port)
    async let calling: Void = onThread { try caller.callOnAndOn() }
    async let sleeping: Void = onThread { caller.sleepOnAndOn() }
    let result: Result
    do {
      result = try await body()
    } catch {
      caller.state.withLock { $0.isOver = true }
      throw error
    }
    caller.state.withLock { $0.isOver = true }
    try await calling
    try await sleeping
    return (result, caller.state.withLock { $0.experience })
  }

  private func callOnAndOn() throws {
    // The server gives connections to its loops in turn.
    let peers = try (0..<2).map { _ in try RawPeer.started(port: port) }
    var stream: UInt32 = 1
    while !state.withLock({ $0.isOver }) {
      for peer in peers { call(on: peer, stream) }
      stream += 2
      try peers[0].listen(for: Self.pause)
    }
  }

  private func sleepOnAndOn() {
    while !state.withLock({ $0.isOver }) {
      let start = ContinuousClock.now
      Thread.sleep(forTimeInterval: Self.pause / .seconds(1))
      let late = start.duration(to: .now) - Self.pause
      state.withLock { $0.experience.machineLate = max($0.experience.machineLate, late) }
    }
  }

  private func call(on peer: RawPeer, _ stream: UInt32) {
    let start = ContinuousClock.now
    var failure: String?
    do {
      try peer.send(Attack.emptyCall(on: stream))
      try peer.listen(toEndOf: stream)
      let status = peer.answer(on: stream).fields["grpc-status"]
      if status != "0" {
        failure = "status \(status ?? "none"), \(String(describing: peer.goAway))"
      }
    } catch {
      failure = "\(error)"
    }
    let time = start.duration(to: .now)
    state.withLock { [failure] in
      $0.experience.calls += 1
      $0.experience.longest = max($0.experience.longest, time)
      if let failure { $0.experience.failures.append(failure) }
    }
  }
}
