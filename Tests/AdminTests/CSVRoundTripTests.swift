import Foundation
import Messages
import Peers
import Protobuf
import Testing
import WellKnown

@testable import cabildo

/// What `members list -o csv` writes is what `members import` reads: all of it, and nothing else.
@Suite(.serialized) struct CSVRoundTripTests {
  typealias Step = MembershipV1.Member.StatusStep

  private static func year(_ year: Int32) -> TypeV1.PartialDate {
    .init(precision: .year, year: year)
  }

  /// Texts that a careless file would break.
  private static let awkward: [MembershipV1.Member] = [
    .init(
      name: "members/awkward", kind: .city,
      displayName: .init(
        values: ["es": "A; b \\ c, \"d\" = | e", "en": " led by a space ", "zh-Hant": "畢爾包"],
        originalLanguage: "zh-Hant"),
      countryCode: "ES", level: .municipal,
      population: .init(
        inhabitants: 5, date: .init(precision: .semester, year: 2020, semester: 2),
        source: "a, \"b\""),
      location: .init(latitude: -0.000_01, longitude: 179.999_999_9), languages: ["es", "pt-BR"],
      identifiers: [
        .init(scheme: .wikidata, value: "Q1"), .init(scheme: .iso31662, value: "ES-BI"),
      ],
      statusSteps: [
        .init(status: .applicant, date: year(2009)),
        .init(
          status: .active, date: .init(precision: .month, year: 2010, month: 3),
          document: "CB; 7 | annex \\"),
        .init(
          status: .suspended, date: .init(precision: .day, year: 2015, month: 1, day: 2),
          reason: .init(
            values: ["es": "Cuotas; sin pagar | 2", "en": "Dues = none"], originalLanguage: "es")),
      ],
      accessLevel: .members,
      sources: [.init(document: "a | b", locator: "c; d"), .init(document: "\\e ")]),
    .init(
      name: "members/coming", kind: .associate, displayName: .init(values: ["en": "x"]),
      statusSteps: [
        .init(status: .active, date: year(2010)),
        .init(status: .withdrawn, date: year(2999), reason: .init(values: ["en": "Why\\"])),
      ]),
  ]

  @Test("Members come back with all they have, and the register finds nothing to do")
  func whole() async throws {
    let first = try await LiveRegister()
    let lines = try Self.awkward.map { try $0.jsonString() + "\n" }.joined()
    try await first.succeed(
      "members", "import", first.cli.file("awkward.jsonl", lines), "--yes")
    let csv = try await first.succeed("members", "list", "-o", "csv")
    let count = try await first.succeed("members", "list").split(separator: "\n").count - 1
    let plan = try await first.succeed(
      "members", "import", first.cli.file("list.csv", csv), "--plan-only", "-o", "json")
    #expect(plan.contains("\"noOps\": \"\(count)\""), "\(plan)")
    let listed = try await first.succeed("members", "list", "-o", "jsonl")
    let same = try await first.cli.run(
      ["members", "import", first.cli.file("list.jsonl", listed), "--yes"])
    #expect(same.errors == "Nothing was applied. There is nothing to do.\n", "\(same)")

    let second = try await LiveRegister(demonstration: false)
    let sections = Repository.root.appending(path: "compose/demonstration/sections.jsonl")
    for line in try String(contentsOf: sections, encoding: .utf8).split(separator: "\n") {
      try await second.succeed(
        "call", "cabildo.membership.v1.MembershipService/CreateSection", "-d", String(line))
    }
    try await second.succeed(
      "members", "import", second.cli.file("list.csv", csv), "--yes",
      "--create-probable-duplicates")
    let here = try await members(first)
    #expect(try await members(second) == here)
    #expect(here.first { $0.name == "members/awkward" } == Self.awkward[0])
    #expect(here.first { $0.name == "members/coming" }?.statusSteps == Self.awkward[1].statusSteps)
  }

  /// Without what each register makes for itself.
  private func members(_ register: LiveRegister) async throws -> [MembershipV1.Member] {
    try await register.succeed("members", "list", "-o", "jsonl").split(separator: "\n").map {
      var member = try MembershipV1.Member(json: String($0))
      member.uid = ""
      member.etag = ""
      member.shownName = nil
      member.createTime = nil
      member.updateTime = nil
      member.validPeriod = nil
      member.status = .statusUnspecified
      return member
    }
  }

  @Test("A list that was edited changes what was edited, unless somebody else was there before")
  func edited() async throws {
    let register = try await LiveRegister(demonstration: false)
    let one = """
      name,kind,country_code,display_name.es,status,status_date
      ainhoa,city,FR,Ainhoa,active,2010

      """
    try await register.succeed("members", "import", register.cli.file("one.csv", one), "--yes")
    let csv = try await register.succeed("members", "list", "-o", "csv")
    let edited = csv.replacing("2010 active", with: "2010 active; 2020 suspended | fr=Cotisation")
    let file = try register.cli.file("edited.csv", edited.replacing(",active,", with: ",,"))
    let first = try await register.cli.run(["members", "import", file, "--yes"])
    #expect(first.code == 0, "\(first.errors)")
    #expect(
      first.output.contains(
        "status_steps: 2010 active -> 2010 active; 2020 suspended | fr=Cotisation\n"),
      "\(first.output)")
    let again = try await register.cli.run(["members", "import", file, "--yes"])
    #expect(again.errors == "Nothing was applied. There is nothing to do.\n", "\(again)")
    let late = try register.cli.file("late.csv", csv.replacing("Ainhoa", with: "Añoa"))
    let stale = try await register.cli.run(["members", "import", late, "--yes"])
    #expect(stale.code == 8)
    #expect(stale.output.contains("  etag: members/ainhoa was changed since"), "\(stale.output)")
  }

  @Test(
    "A step is read as it is written",
    arguments: [
      "2010 active", "2010-03 applicant", "2015-S1 suspended | en=Dues",
      "2015-01-02 suspended | en=Dues; es*=Cuotas | CB-7", "2010 active |  | CB-7",
    ])
  func steps(text: String) throws {
    let step = try Step(text: text)
    #expect(step.text == text)
    #expect(try Step(text: step.text) == step)
  }

  @Test(
    "Texts in one field come back, whatever the mark between them",
    arguments: [
      ["a", "b"], ["a;b|c\\", "\\", ";"], [" a ", "\u{a0}b\t"],
      ["a\u{301}", "\u{301}b;\u{301}"],
    ])
  func lists(texts: [String]) {
    for mark in [";", "|"] as [Unicode.Scalar] {
      #expect(ListText.fields(ListText.join(texts, by: mark), at: mark) == texts)
    }
    #expect(ListText.fields("a\\", at: ";") == ["a\\"])
  }
}
