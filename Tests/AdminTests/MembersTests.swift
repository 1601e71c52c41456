import Foundation
import Messages
import Peers
import Protobuf
import Testing

/// `cabildo members` and `feed` against the register itself.
@Suite(.serialized) struct MembersTests {
  @Test("Bilbao is found in three languages, by the beginnings of words, accents aside")
  func search() async throws {
    let register = try await LiveRegister()
    for (language, name) in [
      ("en", "City of Bilbao"), ("es", "Ciudad de Bilbao"), ("fr", "Ville de Bilbao"),
      ("eu", "Bilboko Udala"),
    ] {
      let found = try await register.succeed("members", "search", "BILBÁ", "--lang", language)
      #expect(found.contains("bilbao\t\(name)\tcity\tES\t"), "\(found)")
    }
    let fallback = try await register.succeed("members", "search", "bilbao", "--lang", "de")
    #expect(fallback.contains(#/bilbao\t[^\t]+ \[[a-z]{2}\]\t/#), "another language is marked")
    for (format, lines) in [("json", 1), ("jsonl", 0), ("csv", 1), ("table", 1)] {
      let none = try await register.succeed("members", "search", "nowhere", "-o", format)
      #expect(none.split(whereSeparator: \.isNewline).count == lines, "\(format): \(none)")
    }
  }

  @Test("One member, in every format")
  func formats() async throws {
    let register = try await LiveRegister()
    let table = try await register.succeed("members", "get", "bilbao")
    #expect(table.contains(#/\nKIND: +city\n/#), "\(table)")
    let json = try await register.succeed("members", "get", "members/bilbao", "-o", "json")
    let member = try MembershipV1.Member(json: json)
    #expect(member.name == "members/bilbao")
    let line = try await register.succeed("members", "get", "bilbao", "-o", "jsonl")
    #expect(try MembershipV1.Member(json: line) == member)
    #expect(line.split(separator: "\n").count == 1)
    let looked = try await register.succeed("members", "lookup", "wikidata=Q8692", "-o", "jsonl")
    #expect(try MembershipV1.Member(json: looked) == member)
    let csv = try await register.succeed("members", "get", "bilbao", "-o", "csv")
    #expect(
      csv.hasPrefix("name,shown_name,kind,country_code,section,status,population.inhabitants,"))
    let missing = try await register.cli.run(["members", "get", "nowhere"])
    #expect(missing.code == 3)
    #expect(missing.errors.hasPrefix("cabildo: not found: "), "\(missing.errors)")
  }

  @Test("A list is one JSON array, and pages do not show")
  func list() async throws {
    let register = try await LiveRegister()
    let lines = try await register.succeed("members", "list", "-o", "jsonl")
    let file = try String(
      contentsOf: Repository.root.appending(path: "compose/demonstration/members.jsonl"),
      encoding: .utf8)
    #expect(lines.split(separator: "\n").count == file.split(separator: "\n").count)
    let array = try await register.succeed("members", "list", "-o", "json")
    let objects = try JSONSerialization.jsonObject(with: Data(array.utf8)) as? [[String: Any]]
    #expect(objects?.count == lines.split(separator: "\n").count)
    let limited = try await register.succeed("members", "list", "--limit", "3")
    #expect(limited.split(separator: "\n").count == 4)
    let refused = try await register.cli.run(
      ["members", "list", "--country", "ES", "--kind", "city"])
    #expect(refused.code == 4, "no index serves that")
    #expect(refused.errors.contains("FILTER_NOT_SUPPORTED"), "\(refused.errors)")
  }

  @Test("A member is entered, changed, taken off and put back, and its history tells it")
  func life() async throws {
    let register = try await LiveRegister()
    let create = [
      "members", "create", "--id", "ainhoa", "--kind", "city", "--country", "fr", "--display-name",
      "fr=Ainhoa", "--population", "650",
    ]
    let rehearsed = try await register.cli.run(create + ["--dry-run"])
    #expect(rehearsed.code == 0)
    #expect(rehearsed.errors == "Nothing was changed: this was a dry run.\n")
    #expect(try await register.cli.run(["members", "get", "ainhoa"]).code == 3, "nothing was done")
    let id = "0b6b8a4e-52cf-4d1b-9f0e-6c1d2b7a9e35"
    for _ in 0..<2 {
      let made = try await register.cli.run(create + ["--request-id", id, "-o", "jsonl"])
      #expect(made.code == 0, "the same write twice happens once: \(made.errors)")
    }
    #expect(try await register.cli.run(create).code == 6, "another write of that name does not")
    let before = try await register.succeed("members", "get", "ainhoa", "-o", "jsonl")
    let etag = try MembershipV1.Member(json: before).etag
    try await register.succeed("members", "update", "ainhoa", "--population", "661")
    let stale = try await register.cli.run(
      ["members", "update", "ainhoa", "--population", "1", "--etag", etag])
    #expect(stale.code == 6)
    #expect(stale.errors.contains("ETAG_MISMATCH"), "\(stale.errors)")
    #expect(try await register.cli.run(["members", "delete", "ainhoa"]).code == 9)
    try await register.succeed("members", "delete", "ainhoa", "--yes")
    #expect(!(try await register.succeed("members", "list")).contains("ainhoa"))
    #expect(try await register.succeed("members", "list", "--deleted").contains("ainhoa"))
    try await register.succeed("members", "undelete", "ainhoa")
    let history = try await register.succeed("members", "history", "ainhoa", "-o", "jsonl")
    let populations = try history.split(separator: "\n").map {
      try MembershipV1.MemberRevision(json: String($0)).member?.population?.inhabitants
    }
    #expect(populations.contains(650) && populations.contains(661), "\(history)")
  }

  @Test("A number of inhabitants never has the date or the source of another")
  func population() async throws {
    let register = try await LiveRegister(demonstration: false)
    let dated = ["--population-date", "2020", "--population-source", "INE"]
    func after(_ words: String...) async throws -> MembershipV1.Member.Population? {
      let line = try await register.cli.run(
        ["members", "update", "ainhoa", "-o", "jsonl"] + words)
      return try MembershipV1.Member(json: line.output).population
    }
    let create = ["members", "create", "--id", "ainhoa", "--kind", "honorary", "--country", "FR"]
    let name = ["--display-name", "fr=Ainhoa"]
    #expect(try await register.cli.run(create + name + dated).code == 2, "of no number")
    #expect(try await register.cli.run(create + name + ["--population", "650"] + dated).code == 0)
    #expect(try await after("--population", "661") == .init(inhabitants: 661))
    #expect(
      try await after("--population", "670", "--population-source", "IGN")
        == .init(inhabitants: 670, source: "IGN"))
    let year = TypeV1.PartialDate(precision: .year, year: 2024)
    #expect(
      try await after("--population-date", "2024")
        == .init(inhabitants: 670, date: year, source: "IGN"), "the same number, dated")
  }

  @Test("Nothing to list is an empty array")
  func nothing() async throws {
    let register = try await LiveRegister(demonstration: false)
    for words in [
      ["members", "list"], ["members", "search", "a"], ["sections", "list"], ["context", "list"],
    ] {
      let result = try await register.cli.run(words + ["-o", "json"])
      #expect(result.output == "[]\n" && result.code == 0, "\(words): \(result)")
      #expect(try await register.cli.run(words + ["-o", "jsonl"]).output == "", "\(words)")
    }
  }

  @Test("What was the case on a day stays what it was")
  func asOf() async throws {
    let register = try await LiveRegister()
    try await register.succeed(
      "members", "update", "bilbao", "--population", "400000", "--effective-date", "2030-01-01")
    func population(_ day: String) async throws -> Int64? {
      let line = try await register.succeed(
        "members", "get", "bilbao", "--as-of", day, "-o", "jsonl")
      return try MembershipV1.Member(json: line).population?.inhabitants
    }
    #expect(try await population("2031-06-30") == 400_000)
    #expect(try await population("2029-12-31T23:59:59Z") == 347_342)
  }

  @Test("Who may not write is told so, with 5, and what to do")
  func permission() async throws {
    let register = try await LiveRegister()
    let update = ["members", "update", "bilbao", "--population", "1"]
    let stranger = try await register.stranger.run(update)
    #expect(stranger.code == 5)
    #expect(stranger.errors.contains("  -> "), "\(stranger.errors)")
    var forger = register.cli
    forger.environment["CABILDO_TOKEN_FILE"] = try register.cli.file("forged", "a.b.c")
    let forged = try await forger.run(update + ["--errors", "json"])
    #expect(forged.code == 5)
    #expect(forged.errors.contains("TOKEN_"), "\(forged.errors)")
  }

  @Test("A feed is printed from the start, and gone on with from the cursor")
  func feed() async throws {
    let register = try await LiveRegister()
    let tail = ["feed", "tail", "--once", "-o", "jsonl", "--cursor-file", "cursor"]
    let first = try await register.cli.run(tail + ["--from-start"])
    #expect(first.code == 0, "\(first.errors)")
    let names = try Set(changes(in: first.output).map(\.resourceName))
    #expect(names.contains("members/bilbao") && names.contains("sections/africa"))
    try await register.succeed("members", "update", "bilbao", "--population", "350000")
    let second = try await register.cli.run(tail)
    #expect(try changes(in: second.output).map(\.resourceName) == ["members/bilbao"])
    #expect(try changes(in: second.output).map(\.kind) == [.updated])
    #expect(try changes(in: await register.cli.run(tail).output).isEmpty)
    let readable = try await register.succeed("feed", "tail", "--from-start", "--once")
    #expect(readable.contains(#/T[0-9:.]+Z\t\d+\tsnapshot\tmembers/bilbao\t/#), "\(readable)")
    #expect(readable.contains("\tmembers/bilbao\tCiudad de Bilbao\n"), "as it was first written")
    let basque = try await register.succeed(
      "feed", "tail", "--from-start", "--once", "--lang", "eu")
    #expect(basque.contains("\tmembers/bilbao\tBilboko Udala\n"), "\(basque)")
    #expect(basque.contains(#/\tmembers/bogota\t[^\t]+ \[es\]\n/#), "another language is marked")
  }

  private func changes(in lines: String) throws -> [FeedV1.Change] {
    let options = JSONDecodingOptions(registry: MessageRegistry(MessagesRegistry.messages))
    return try lines.split(separator: "\n").compactMap {
      let response = try FeedV1.WatchChangesResponse(json: String($0), options)
      guard case .change(let change)? = response.event else { return nil }
      return change
    }
  }
}
