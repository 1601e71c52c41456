import Attacks
import Peers
import Testing

extension MeasuredTests {
  /// Who takes nothing gives way to others when the server has no more room for what waits.
  @Suite struct UnreadOutputTests {
    @Test(
      "Of many who take nothing some are ended, and the others' calls go on",
      arguments: ["zero-window", "not-reading"])
    func givesWay(name: String) async throws {
      // Nothing but the budget ends a connection here: time-outs are those of a service.
      let server = try await ServerUnderAttack(["--max_unread=\(4 << 20)"])
      let attack = try #require(Attack.named(name))
      let (_, experience) = try await GoodCaller.during(server) {
        try await server.suffer(attack, seconds: 5, connections: 8)
      }
      #expect(experience.failures == [])
      #expect(experience.calls > 5)
      let ended = try await server.ends()["output_budget", default: 0]
      // Half of the budget is room for one large answer and another that is not whole.
      #expect((1...8).contains(ended), "\(ended)")
    }

    @Test("A call whose answer finds no room hears so")
    func refused() async throws {
      let server = try await ServerUnderAttack(["--max_unread=\(2 << 20)"])
      let answer = try await onThread {
        let silent = try HostileConnection.started(port: server.port, settings: Attack.noWindow)
        silent.say(Attack.largeCall(on: 1, bytes: 900_000))
        silent.hear(for: .seconds(2))
        let peer = try RawPeer.started(port: server.port)
        try peer.send(Attack.largeCall(on: 1, bytes: 1_500_000))
        try peer.listen(toEndOf: 1)
        return peer.answer(on: 1).fields
      }
      #expect(answer["grpc-status"] == "8")
      #expect(answer["grpc-message"]?.contains("max-unread-output") == true, "\(answer)")
    }
  }
}
