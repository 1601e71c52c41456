import HTTP2
import RPC
import RPCClient
import RPCServer
import Testing

/// What an operator sees of a channel.
@Suite struct SnapshotTests {
  @Test("A snapshot counts calls, attempts, streams and messages, and says how all stand")
  func counts() async throws {
    let fail = ServerMethod("/t.T/Fail", .unary) { _ in throw RPCError(.notFound, "no") }
    try await withServer([echo, fail, sleepy]) { target, _ in
      try await withChannel(target) { channel in
        let idle = await channel.snapshot()
        #expect((idle.target, idle.state) == (target, .idle))
        #expect(idle.calls == CallCounts())
        #expect(idle.subchannels == [])

        let before = ContinuousClock.now
        for _ in 0..<3 { _ = try await channel.call("/t.T/Echo", [1]) }
        _ = await channel.failure(of: "/t.T/Fail")
        let open = Task { await channel.failure(of: "/t.T/Sleep") }
        try await eventually { await channel.snapshot().calls.open == 1 }

        let snapshot = await channel.snapshot()
        #expect(snapshot.number == idle.number)
        #expect(snapshot.state == .ready)
        #expect(
          (snapshot.calls.started, snapshot.calls.succeeded, snapshot.calls.failed) == (5, 3, 1))
        #expect(snapshot.calls.lastStarted.map { before...ContinuousClock.now ~= $0 } == true)
        let subchannel = try #require(snapshot.subchannels.first)
        #expect(snapshot.subchannels.count == 1)
        #expect(subchannel.endpoint.description == target)
        #expect(subchannel.state == .ready)
        let socket = try #require(subchannel.sockets.first)
        #expect(socket.remote?.contains(target.dropFirst("127.0.0.1:".count)) == true)
        #expect(socket.local != nil)
        #expect(socket.security == nil)
        try await eventually {
          let socket = await channel.snapshot().subchannels[0].sockets[0]
          let streams = socket.counts.streams
          return (streams.started, streams.succeeded, streams.failed) == (5, 3, 1)
            && socket.counts.messagesReceived == 3 && socket.counts.messagesSent == 5
        }
        let numbers = [snapshot.number, subchannel.number, socket.number]
        #expect(Set(numbers).count == 3)
        open.cancel()
        _ = await open.value
      }
    }
  }

  @Test("Connections that are gone stay in the counts, and the trace says what happened, in bounds")
  func trace() async throws {
    let server = try await ScriptedServer(.http2(HTTP2Limits()) { answer, _ in answer.succeed() })
    try await withChannel(server.target) { channel in
      for round in 1...20 {
        _ = try await channel.call("/t.T/M")
        server.cutConnections()
        try await eventually { channel.state != .ready }
        #expect(await channel.snapshot().subchannels[0].calls.started == Int64(round))
      }
      try await server.stop()
      try await eventually {
        await channel.failure(of: "/t.T/M")?.reason == "CONNECTION_REFUSED"
      }
      let snapshot = await channel.snapshot()
      #expect(snapshot.state == .transientFailure)
      #expect(snapshot.subchannels[0].sockets == [])
      for trace in [snapshot.trace, snapshot.subchannels[0].trace] {
        #expect(trace.total > EventTrace.capacity)
        #expect(trace.events.count == EventTrace.capacity)
        #expect(trace.events == trace.events.sorted { $0.at < $1.at })
      }
      let last = snapshot.subchannels[0].trace.events.suffix(3)
      #expect(last.contains { $0.severity == .warning && $0.text.contains("refused") })
    }
  }

  @Test("A channel that was shut down still has its counts")
  func shutDown() async throws {
    try await withServer([echo]) { target, _ in
      let channel = try await withChannel(target) { channel in
        _ = try await channel.call("/t.T/Echo")
        return channel
      }
      let snapshot = await channel.snapshot()
      #expect(snapshot.state == .shutdown)
      #expect(snapshot.calls.succeeded == 1)
    }
  }
}
