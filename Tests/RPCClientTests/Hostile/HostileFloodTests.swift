import Peers
import RPC
import RPCClient
import RPCServer
import Testing

/// Floods against a client: the connection ends for what the server did, and the call says what.
@Suite(.serialized) struct HostileFloodTests {
  private static let ping = Frame(.ping, payload: [UInt8](repeating: 0, count: 8))

  static let floods: [(flood: [HostileServer.Step], words: String)] = [
    ([.floods([ping])], "too_many_pings"),
    ([.floods([.settings((4, 65_535))])], "flood: too many SETTINGS"),
    ([.says([.head()]), .floods([.data([])])], "flood: too many empty DATA"),
    ([.floods([Frame(.init(rawValue: 0xbe))])], "flood: too many frames of no known use"),
    ([.floods([.goAway(last: 1)])], "flood: too many frames of no known use"),
    ([.floods([.window(1)])], "flood: too many WINDOW_UPDATE"),
  ]

  @Test("The call says of what there was too much", arguments: floods)
  func said(flood: [HostileServer.Step], words: String) async throws {
    let server = try HostileServer([.says([.settings]), .hears] + flood)
    defer { server.stop() }
    let error = try await withChannel(server.target) { channel in
      await channel.failure(of: "/t.T/M", [], .within(.seconds(8)))
    }
    #expect(error?.code == .unavailable)
    #expect(error?.reason == "HTTP2_PROTOCOL_VIOLATION")
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test("Calls that are cancelled in the middle of large answers are no flood of the server's")
  func cancelled() async throws {
    let endless = endlessAnswer(of: 16_384)
    try await withServer([endless]) { target, server in
      try await withChannel(target) { channel in
        for _ in 0..<300 {
          let stream = try await channel.open(
            ClientRequest(
              "/t.T/Endless", .serverStreaming, .within(.seconds(20)),
              soleMessage: MessageFrame(payload: [])))
          _ = try await stream.nextMessage()
          stream.cancel()
        }
        let counts = await channel.snapshot().calls
        #expect(counts.started == 300)
        let reports = await server.connections(atMost: 2).reports
        #expect(reports.map(\.socket.counts.streams.started) == [300])
      }
    }
  }

  private func endlessAnswer(of bytes: Int) -> ServerMethod {
    ServerMethod("/t.T/Endless", .serverStreaming) { call in
      while true {
        try await call.stream.send(MessageFrame(payload: [UInt8](repeating: 0, count: bytes)))
      }
    }
  }
}
