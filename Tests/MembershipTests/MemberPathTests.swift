import MembershipDomain
import Testing
import Vocabulary

/// Parts of a member as a mask names them.
@Suite struct MemberPathTests {
  @Test(
    "Every path is found by its name, and takes over what it names", arguments: MemberPath.named)
  func taking(path: MemberPath) {
    #expect(MemberPath(path.description) == path)
    var other = MemberRulesTests.good
    other.accessLevel = .members
    let taken = Member().taking([path], from: other)
    #expect(taken != Member())
    #expect(other.taking([path], from: other) == other)
    #expect(other.taking([path], from: Member()) != other)
    // It takes over that and nothing else: the rest is still there to be taken.
    #expect(taken.taking(MemberPath.fields, from: other) == other)
    let root = path.description.prefix { $0 != "." }
    #expect(taken.changedPaths(from: Member()).map(\.description) == [String(root)])
  }

  @Test("The name in one language is a path, with or without back-ticks")
  func oneLanguage() throws {
    let member = MemberRulesTests.good
    let path = try #require(MemberPath("display_name.values.`pt-br`"))
    #expect(path == MemberPath("display_name.values.pt-BR"))
    var other = Member()
    other.displayName.values = ["pt-BR": "Bilbau"]
    let changed = member.taking([path], from: other)
    #expect(changed.displayName.values == ["es": "Bilbao", "eu": "Bilbo", "pt-BR": "Bilbau"])
    #expect(changed.taking([path], from: Member()) == member)
  }

  @Test(
    "Anything else is no path",
    arguments: [
      "", "nam", "kind.x", "population.", ".", "identifiers[0]", "status", "display_name.values.",
      "display_name.values.e", "display_name.values.``", "displayName", "*", "kind ",
    ])
  func unknown(text: String) { #expect(MemberPath(text) == nil) }

  @Test("The fields that differ are named in the order of the contract")
  func changed() {
    var other = MemberRulesTests.good
    #expect(other.changedPaths(from: MemberRulesTests.good) == [])
    other.sources = []
    other.population?.inhabitants += 1
    other.kind = .region
    #expect(
      other.changedPaths(from: MemberRulesTests.good) == [.kind, .population, .sources])
  }

  @Test("Two ways to write a letter are no change")
  func composition() {
    var other = MemberRulesTests.good
    other.displayName.values["es"] = "Malmo\u{308}"
    var same = other
    same.displayName.values["es"] = "Malm\u{f6}"
    #expect(same.changedPaths(from: other) == [])
  }

  @Test("A query is a filter and an order that an index serves")
  func queries() throws {
    let query = try MemberQuery(
      filter: "section = \"sections/europe\" AND status = ACTIVE", orderBy: " population  desc ",
      recordedNow: true)
    #expect(query.filter.section == "europe")
    #expect(query.filter.status == MemberStatus.active.rawValue)
    #expect(query.order == .populationDescending)
    #expect(try MemberFilter("status = STATUS_UNSPECIFIED").status == 0)
  }

  @Test(
    "A value that a field does not have is refused where it stands",
    arguments: [
      ("kind = TOWN", 1), ("section = europe", 1), ("country_code = XX", 1),
      ("section = \"sections/europe\" AND status = GONE", 33), ("kind = city", 1),
    ])
  func badValues(filter: String, column: Int) {
    #expect {
      try MemberFilter(filter)
    } throws: { error in
      guard case .filterInvalid(let error) = error as? MembershipError else { return false }
      return error.column == column
    }
  }

  @Test(
    "A filter that no index serves is refused, naming those that one does",
    arguments: [
      "country_code = ES AND kind = CITY", "level = MUNICIPAL", "name = \"members/a\"",
      "kind = CITY AND status = ACTIVE",
      "section = \"sections/a\" AND kind = CITY AND status = ACTIVE",
    ])
  func unsupportedFilters(filter: String) {
    #expect {
      try MemberFilter(filter)
    } throws: { error in
      guard case .filterNotSupported(_, let allowed) = error as? MembershipError else {
        return false
      }
      return allowed.contains("country_code AND section") && allowed.count == 7
    }
  }
}
