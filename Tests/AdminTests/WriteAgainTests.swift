import Foundation
import Messages
import Peers
import Protobuf
import Testing

@testable import cabildo

/// Commands that are run again, and streams that are opened again.
@Suite(.serialized) struct WriteAgainTests {
  private static let ainhoa = [
    "members", "create", "--id", "ainhoa", "--kind", "city", "--country", "FR", "--display-name",
    "fr=Ainhoa", "--original-language", "fr", "--population", "650", "--population-date", "2020",
  ]

  private func member(_ register: LiveRegister) async throws -> MembershipV1.Member {
    try MembershipV1.Member(
      json: try await register.succeed("members", "get", "ainhoa", "-o", "jsonl"))
  }

  @Test("An update with a request id is made once, however often it is run")
  func update() async throws {
    let register = try await LiveRegister(demonstration: false)
    #expect(try await register.cli.run(Self.ainhoa).code == 0)
    let update = [
      "members", "update", "ainhoa", "--population", "661", "--display-name", "eu=Ainhoa",
      "--level", "municipal", "--request-id", "2f0d3c8e-8a7b-4f55-9d36-0a4b5a1c7e11", "-o", "json",
    ]
    let first = try await register.cli.run(update)
    #expect(first.code == 0, "\(first.errors)")
    // Somebody else's change in between is not undone.
    try await register.succeed("members", "update", "ainhoa", "--population", "700")
    let second = try await register.cli.run(update)
    #expect(second.code == 0, "\(second.errors)")
    #expect(second.output == first.output)
    let now = try await member(register)
    #expect(now.population?.inhabitants == 700)
    #expect(now.population?.date == nil, "the date was that of the number before")
    #expect(now.level == .municipal, "what was not given stays")
    #expect(now.displayName?.values == ["fr": "Ainhoa", "eu": "Ainhoa"])
    #expect(now.displayName?.originalLanguage == "fr")
  }

  @Test("What is added to lists is added to what is there")
  func lists() async throws {
    let register = try await LiveRegister(demonstration: false)
    #expect(try await register.cli.run(Self.ainhoa).code == 0)
    for source in ["one", "two"] {
      try await register.succeed("members", "update", "ainhoa", "--source", source)
    }
    #expect(try await member(register).sources.map(\.document) == ["one", "two"])
    let nothing = try await register.cli.run(["members", "update", "ainhoa"])
    #expect(nothing.code == 2)
    #expect(nothing.errors.contains("nothing is to be changed"), "\(nothing.errors)")
  }

  @Test("A feed outlives the longest call that the server allows; --timeout ends it")
  func longFeed() async throws {
    let register = try await LiveRegister(demonstration: false, ["--max-deadline=2s"])
    let tail = try register.cli.start(["feed", "tail", "-o", "jsonl", "--show-rpc"])
    defer { tail.process.terminate() }
    try await wait { tail.errors.components(separatedBy: "< DEADLINE_EXCEEDED").count > 2 }
    #expect(tail.process.isRunning, "\(tail.errors)")
    #expect(!tail.errors.contains("cabildo: "), "\(tail.errors)")
    let made = try await register.cli.run(Self.ainhoa)
    #expect(made.code == 0, "\(made.errors)")
    try await wait { tail.output.contains("members/ainhoa") }
    #expect(tail.output.components(separatedBy: "\"resourceName\":\"members/ainhoa\"").count == 2)

    let ended = try await register.cli.run(["feed", "tail", "--timeout", "500ms"])
    #expect(ended.code == 7, "\(ended.errors)")
  }

  private func wait(until isTrue: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !isTrue() {
      guard .now < deadline else { throw LiveRegister.Failed(description: "it did not happen") }
      try await Task.sleep(for: .milliseconds(20))
    }
  }
}
