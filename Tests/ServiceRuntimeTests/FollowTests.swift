import Auth
import Foundation
import Messages
import Peers
import RPC
import RPCClient
import Sockets
import Testing

/// A service that follows the feed of the register as it is built, and what operators see of it.
@Suite struct FollowTests {
  private let feed = ["feed": "membership"]

  @Test("What a register tells is kept; its going away is told and outlived; the end is prompt")
  func follow() async throws {
    let register = try Register()
    let service = try await register.follower(["--stale-after=2s"])
    // Nothing was ever known: what is not here may exist, so nobody is to ask here.
    let early = try await service.page("/readyz?verbose")
    #expect(early.status == 503)
    #expect(early.body.contains("check feed membership: what membership has is not known yet"))

    let first = try await register.start()
    try await register.create("bilbao")
    try await service.members("members/bilbao")
    try await service.ready { $0.status == 200 && $0.body.contains("check feed membership: ok\n") }
    try await current(service)

    first.send(signal: SIGKILL)
    _ = try await first.exitCode(within: .seconds(10))
    let degraded = try await service.ready {
      $0.body.contains(#/check feed membership: degraded: what membership did for \d+ s/#)
    }
    #expect(degraded.status == 200)
    #expect((try await service.metrics().value("cabildo_feed_lag_seconds", feed) ?? 0) > 2)
    let told = try await service.logLine { $0["message"] as? String == "degraded" }
    #expect(told["check"] as? String == "feed membership")
    let ended = try await service.logLine { $0["feed"] as? String == "membership" }
    #expect(ended["code"] as? String == "UNAVAILABLE")

    let second = try await register.start()
    try await register.create("quito")
    try await service.members("members/bilbao members/quito")
    try await service.ready { $0.body.contains("check feed membership: ok\n") }
    let start = ContinuousClock.now
    #expect(try await service.end() == 0)
    #expect(start.duration(to: .now) < .seconds(5) * Slack.factor)
    second.send(signal: SIGTERM)
    #expect(try await second.exitCode(within: .seconds(20)) == 0)
  }

  /// What metrics say of a feed of one change that is followed well.
  private func current(_ service: LiveService) async throws {
    try await eventually("the place of the feed is known") {
      try await service.metrics().value("cabildo_feed_sequence", feed) == 1
    }
    let page = try await service.metrics()
    #expect(page.types["cabildo_feed_lag_seconds"] == "gauge")
    #expect((page.value("cabildo_feed_lag_seconds", feed) ?? 99) < 10)
    #expect(page.value("cabildo_feed_changes_total", feed) == 1)
    #expect((page.value("cabildo_feed_streams_total", feed) ?? 0) >= 1)
  }

  @Test("The next process serves what the one before kept, and says how old that is")
  func keptKnowledge() async throws {
    let register = try Register()
    let program = try await register.start()
    try await register.create("bilbao")
    let first = try await register.follower(["--stale-after=2s"])
    try await first.members("members/bilbao")
    try await first.ready { $0.status == 200 }
    #expect(try await first.end() == 0)
    program.send(signal: SIGKILL)
    _ = try await program.exitCode(within: .seconds(10))

    let second = try await register.follower(["--stale-after=1ms"], in: first.folder)
    try await second.members("members/bilbao")
    try await second.ready { $0.status == 200 && $0.body.contains("feed membership: degraded") }
    #expect(try await second.end() == 0)
  }
}

extension LiveService {
  /// Waits until these members are known here.
  fileprivate func members(_ names: String) async throws {
    try await withChannel { channel in
      try await eventually("the members are \(names)") {
        try await channel.call("Members") == names
      }
    }
  }

  /// Waits until the page of readiness is like this.
  @discardableResult fileprivate func ready(
    _ matches: ((status: Int, body: String)) -> Bool
  ) async throws -> (status: Int, body: String) {
    var answer = (status: 0, body: "")
    try await eventually("a page of readiness that matches") {
      answer = try await page("/readyz?verbose")
      return matches(answer)
    }
    return answer
  }
}

/// `cabildo-membership` with a store and a port that outlive its processes.
private struct Register {
  let port = freePort()
  private let folder: TemporaryFolder
  private let token: String

  init() throws {
    folder = try TemporaryFolder()
    let key = SigningKey.make()
    try key.verificationKeys.write(to: folder.path("keys.pem"))
    token = TokenIssuer(key).token(
      for: Principal(subject: "test", roles: [.registrar]), validFor: .seconds(600))
  }

  /// The test service, following this.
  func follower(_ flags: [String], in folder: TemporaryFolder? = nil) async throws -> LiveService {
    try await LiveService(["--members=static:127.0.0.1:\(port)"] + flags, in: folder)
  }

  func start() async throws -> Program {
    let program = try Program(
      Repository.executable("cabildo-membership"),
      [
        "--listen=127.0.0.1:\(port)", "--data-dir=\(folder.path("data"))",
        "--token-keys-file=\(folder.path("keys.pem"))",
      ])
    _ = try await program.line(after: "{\"event\":\"started\"")
    return program
  }

  func create(_ id: String) async throws {
    let loops = LoopGroup(threads: 1)
    let channel = RPCChannel(
      target: try Target("static:127.0.0.1:\(port)"), eventLoopGroup: loops.dialing)
    var member = MembershipV1.Member()
    member.kind = .city
    member.countryCode = "ES"
    member.displayName = .init(values: ["en": id])
    var request = MembershipV1.CreateMemberRequest()
    request.member = member
    request.memberId = id
    _ = try await MembershipV1.MembershipServiceClient(channel).createMember(
      request, CallOptions(timeout: .seconds(20), metadata: ["authorization": "Bearer \(token)"]))
    await channel.shutdown(grace: .seconds(1))
    try await loops.shutDown()
  }
}
