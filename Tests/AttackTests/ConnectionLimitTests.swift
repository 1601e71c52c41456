import Attacks
import Foundation
import Peers
import Testing

extension MeasuredTests {
  /// How many connections there may be, and what becomes of those beyond.
  @Suite struct ConnectionLimitTests {
    @Test("A connection too many is closed at once, and there is room again when one has gone")
    func tooMany() async throws {
      let server = try await ServerUnderAttack(["--max_connections=3"])
      try await onThread {
        var peers = try (0..<3).map { _ in try RawPeer.started(port: server.port) }
        for peer in peers { try peer.callEmpty() }
        let start = ContinuousClock.now
        let beyond = try RawPeer.started(port: server.port)
        try beyond.listenToEnd()
        #expect(beyond.isClosed)
        // Who is let in and says nothing is closed after ten seconds.
        #expect(start.duration(to: .now) < .seconds(5) * Slack.factor)
        peers.removeLast()
        try retry(for: .seconds(5)) {
          let next = try RawPeer.started(port: server.port)
          try next.callEmpty()
        }
      }
      #expect(try await eventually { try await server.ends()["too_many", default: 0] > 0 })
    }

    @Test("Without descriptors the server does not spin, and accepts again when there are some")
    func noDescriptors() async throws {
      let server = try await ServerUnderAttack()
      try await server.limitDescriptors(to: server.openDescriptors + 20)
      try await onThread {
        var peers = try (0..<60).map { _ in try RawPeer(port: server.port) }
        for peer in peers { try peer.send(RawPeer.preface + Frame(.settings).bytes) }
        Thread.sleep(forTimeInterval: 0.5)
        let before = server.processorTime
        Thread.sleep(forTimeInterval: 1)
        // Who spins takes all of a core.
        #expect(server.processorTime - before < 0.5)
        peers.removeAll()
        let start = ContinuousClock.now
        try retry(for: .seconds(10)) {
          let next = try RawPeer.started(port: server.port)
          try next.callEmpty()
        }
        // Within a second; tenfold slack.
        #expect(start.duration(to: .now) < .seconds(10) * Slack.factor)
      }
      #expect(try await server.ends()["cannot_accept", default: 0] > 0)
    }

    @Test("Never more handlers run than a connection may have streams, whatever is reset")
    func handlers() async throws {
      // The handlers go on, whatever becomes of their callers, for longer than the test takes.
      let server = try await ServerUnderAttack(["--stubborn=true", "--stubborn_time=30000"])
      let (refused, isServed) = try await onThread {
        let connection = try HostileConnection.started(port: server.port)
        // As many calls as there may be.
        let first = stride(from: 1 as UInt32, to: 200, by: 2)
        for stream in first { connection.say(Attack.stubbornCall(on: stream)) }
        Thread.sleep(forTimeInterval: 1)
        for stream in first { connection.say(Attack.resetOf(stream)) }
        for stream in stride(from: 201 as UInt32, to: 300, by: 2) {
          connection.say(Attack.stubbornCall(on: stream))
        }
        func refused() -> Int { connection.resets[ErrorCode.refusedStream.rawValue, default: 0] }
        let deadline = ContinuousClock.now + .seconds(10)
        while refused() < 50, .now < deadline { connection.hear(for: .milliseconds(50)) }
        return (refused(), connection.goAway == nil)
      }
      #expect(refused == 50)
      #expect(isServed)
    }
  }
}

extension RawPeer {
  /// A call on stream 1 that is answered.
  fileprivate func callEmpty() throws {
    try send(Attack.emptyCall(on: 1))
    try listen(toEndOf: 1)
    guard answer(on: 1).fields["grpc-status"] == "0" else { throw NotServed() }
  }
}

struct NotServed: Error {}

/// Tries until it succeeds or the time is over.
private func retry(for patience: Duration, _ body: () throws -> Void) throws {
  let deadline = ContinuousClock.now + patience
  while true {
    do {
      return try body()
    } catch {
      guard .now < deadline else { throw error }
      Thread.sleep(forTimeInterval: 0.02)
    }
  }
}

private func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
  let deadline = ContinuousClock.now + .seconds(20)
  while try await !condition() {
    guard .now < deadline else { return false }
    try await Task.sleep(for: .milliseconds(20))
  }
  return true
}
