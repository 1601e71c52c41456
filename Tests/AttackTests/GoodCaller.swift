import Attacks
import Peers
import Synchronization

/// A well-behaved caller: calls again and again on a connection to each loop, and keeps account of
/// how long it had to wait.
final class GoodCaller: Sendable {
  struct Experience: Sendable {
    var calls = 0
    var failures: [String] = []
    var longest = Duration.zero
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
    let result: Result
    do {
      result = try await body()
    } catch {
      caller.state.withLock { $0.isOver = true }
      throw error
    }
    caller.state.withLock { $0.isOver = true }
    try await calling
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
