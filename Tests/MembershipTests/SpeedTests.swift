import ChangeFeed
import MembershipDomain
import Messages
import Peers
import RPC
import Testing
import Vocabulary

@testable import cabildo_membership

/// That nothing is slow by its order of growth. Bounds with much room: the figures are printed.
@Suite(.serialized) struct SpeedTests {
  @Test("Twelve thousand members in one transaction, and questions about them")
  func manyMembers() async throws {
    let register = try await TestRegister()
    let count = 12_000
    let began = ContinuousClock.now
    try await register.api.feed.write { transaction, log in
      let book = MemberRegister(transaction, log, today: Day(number: 20_000))
      let sections = try book.sections()
      for number in 0..<count {
        let member = Member(
          kind: .city, displayName: LocalizedText(["en": "Town \(number % 4_000) of \(number)"]),
          countryCode: ["ES", "FR", "SN"][number % 3],
          population: .init(inhabitants: Int64(number)),
          identifiers: [Identifier(.geonames, "\(number + 1)")])
        let timeline = try RegisteredMember.admitting(member, during: .always, sections: sections)
        _ = try book.admit(ResourceID("m\(number)")!, timeline)
      }
    }
    let written = ContinuousClock.now - began
    print("\(count) members written in \(written)")
    #expect(written < .seconds(60) * Slack.factor)

    let client = register.client
    let questions: [(String, () async throws -> Int)] = [
      ("a member", { try await client.getMember(.init(name: "members/m77")).name.isEmpty ? 0 : 1 }),
      (
        "a page", { try await client.listMembers(.init(filter: "country_code = SN")).members.count }
      ),
      (
        "a page as of before",
        {
          let asOf = TypeV1.AsOf(recordedTime: register.tick())
          return try await client.listMembers(.init(asOf: asOf)).members.count
        }
      ),
      ("a search", { try await client.searchMembers(.init(query: "town 77")).members.count }),
    ]
    for (what, ask) in questions {
      let began = ContinuousClock.now
      #expect(try await ask() > 0)
      let taken = ContinuousClock.now - began
      print("\(what) in \(taken)")
      #expect(taken < .seconds(1) * Slack.factor, "\(what)")
    }
  }
}
