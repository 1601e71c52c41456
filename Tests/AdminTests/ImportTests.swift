import Foundation
import Messages
import Peers
import Protobuf
import Testing

/// `cabildo members import`: a plan, a look, a yes.
@Suite(.serialized) struct ImportTests {
  private static let two = """
    name,kind,country_code,display_name.es,population.inhabitants
    members/ainhoa,city,FR,Ainhoa,650
    members/urdax,city,ES,Urdax,350

    """

  @Test("A plan is shown and kept, and applied as it is")
  func plan() async throws {
    let register = try await LiveRegister(demonstration: false)
    let file = try register.cli.file("two.csv", Self.two)
    for flag in ["--plan-only", "--dry-run"] {
      let shown = try await register.succeed("members", "import", file, flag)
      #expect(shown.hasPrefix("PLAN\tROWS\tCREATE\tUPDATE\tNO-OP\tCONFLICT\t"), "\(shown)")
      #expect(shown.contains("\t2\t2\t0\t0\t0\t0\t0\n"), "\(shown)")
    }
    #expect(try await register.succeed("members", "list", "-o", "json") == "[]\n")
    let json = try await register.succeed(
      "members", "import", file, "--plan-only", "-o", "json")
    let name = try #require(json.firstMatch(of: #/"name": "memberImports/([^"]+)"/#)?.output.1)
    let asked = try await register.cli.run(["members", "import", "--apply", String(name)])
    #expect(asked.code == 9, "nobody said yes")
    let applied = try await register.succeed("members", "import", "--apply", String(name), "--yes")
    #expect(applied.contains(": 2 created, 0 updated, 0 unchanged."), "\(applied)")
    let told = try await register.succeed("members", "import", file, "--yes", "-o", "json")
    let document = try JSONSerialization.jsonObject(with: Data(told.utf8)) as? [String: Any]
    #expect(
      document?.keys.sorted() == ["entries", "entriesNotShown", "memberImport"],
      "one document: \(told)")
    let again = try await register.cli.run(["members", "import", file, "--yes"])
    #expect(again.output.contains("\t2\t0\t0\t2\t0\t0\t0\n"), "\(again.output)")
    #expect(again.code == 0 && again.errors == "Nothing was applied. There is nothing to do.\n")
  }

  @Test("What is not applied is said, and how it would be; what was applied already, too")
  func words() async throws {
    let register = try await LiveRegister(demonstration: false)
    let file = try register.cli.file("two.csv", Self.two)
    let kept = try await register.cli.run(["members", "import", file, "--dry-run"])
    let line = #/^Nothing was applied. The plan is kept until .+: (cabildo members import .+)\n$/#
    let command = try #require(kept.errors.firstMatch(of: line)?.output.1, "\(kept.errors)")
    let words = command.split(separator: " ").dropFirst().map(String.init)
    #expect(try await register.cli.run(words + ["--yes"]).code == 0)
    for more in [["--yes"], ["--dry-run"], ["-o", "json"]] {
      let again = try await register.cli.run(words + more)
      #expect(again.code == 0, "\(more)")
      #expect(
        again.errors.contains(
          #/^The plan was applied already, at \d.+Z. Nothing was changed now.\n$/#), "\(again)")
    }
  }

  @Test("A plan shows what each field says and will say, and what a doubtful row would make")
  func changes() async throws {
    let register = try await LiveRegister(demonstration: false)
    try await register.succeed("members", "import", register.cli.file("two.csv", Self.two), "--yes")
    let rows = """
      name,kind,country_code,display_name.es,display_name.eu,population.inhabitants,population.date
      ainhoa,,,,Ainhoa,661,2024
      ,city,ES,Urdax,,,
      ,city,ES,Zugarramurdi,,,

      """
    let file = try register.cli.file("changes.csv", rows)
    let shown = try await register.cli.run(["members", "import", file, "--plan-only"])
    #expect(
      shown.output.hasSuffix(
        """

        row 3 probable-duplicate urdax, would be urdax-2
          display_name: members/urdax has this name in this country, one of them has no coordinates

        row 2 update ainhoa
          display_name.values.eu: (none) -> Ainhoa
          population: 650 -> 661 (2024)

        """), "\(shown.output)")
    let json = try await register.cli.run(
      ["members", "import", file, "--plan-only", "-o", "json"])
    let document = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    let entries = try #require(document?["entries"] as? [[String: Any]])
    #expect(entries.count == 2 && document?["entriesNotShown"] as? Int == 0)
    #expect(entries[0]["newMember"] as? String == "members/urdax-2")
    let before = entries[1]["before"] as? [String: [String: String]]
    #expect(before == ["population": ["inhabitants": "650"]])
    let after = entries[1]["after"] as? [String: Any]
    #expect(after?.keys.sorted() == ["displayName", "population"])
  }

  @Test("Of very many changes some are shown, and the others counted")
  func manyChanges() async throws {
    let register = try await LiveRegister(demonstration: false)
    func file(_ population: Int) throws -> String {
      let rows = (0..<1_100).map { "members/m\($0),city,ES,Lugar \($0),\(population)\n" }
      return try register.cli.file(
        "many.csv",
        "name,kind,country_code,display_name.es,population.inhabitants\n" + rows.joined())
    }
    try await register.succeed("members", "import", file(1), "--yes")
    let changed = try file(2) + ""
    let shown = try await register.cli.run(["members", "import", changed, "--plan-only"])
    #expect(shown.output.components(separatedBy: "population: 1 -> 2").count == 41)
    #expect(shown.errors.contains("... and 1060 rows more; -o json shows up to 1000."))
    let json = try await register.succeed(
      "members", "import", changed, "--plan-only", "-o", "json")
    #expect(json.contains("\"entriesNotShown\": 100\n"), "\(json.suffix(200))")
  }

  @Test("A service that dies while it applies: what is known is said, and --apply makes it good")
  func killed() async throws {
    let register = try await LiveRegister(demonstration: false)
    let rows = (0..<5_000).map { "members/m\($0),city,ES,Lugar \($0)\n" }
    let file = try register.cli.file(
      "many.csv", "name,kind,country_code,display_name.es\n" + rows.joined())
    let run = try register.cli.start(["members", "import", file, "--yes", "--show-rpc"])
    while !run.errors.contains("/ApplyMemberImport to "), run.process.isRunning {
      try await Task.sleep(for: .milliseconds(2))
    }
    register.service.send(signal: SIGKILL)
    run.process.waitUntilExit()
    #expect(run.process.terminationStatus == 7, "\(run.errors.suffix(500))")
    let words = #/Whether it was applied is not known: (cabildo members import --apply \w+) tells/#
    let command = try #require(run.errors.firstMatch(of: words)?.output.1)
    let gone = try await register.cli.run(["members", "import", file, "--yes"])
    #expect(gone.code == 7)
    #expect(gone.errors.contains("\nNothing was applied.\n"), "\(gone.errors)")

    let (second, server) = try await LiveRegister.serve(register.cli)
    defer { second.send(signal: SIGTERM) }
    let again = command.split(separator: " ").dropFirst().map(String.init)
    let applied = try await register.cli.run(again + ["--yes", "--server", server])
    #expect(applied.code == 0, "\(applied.errors)")
    let told = applied.output + applied.errors
    #expect(told.contains(": 5000 created,") || told.contains("was applied already"), "\(told)")
    let members = try await register.cli.run(
      ["members", "list", "--server", server, "-o", "jsonl"])
    #expect(members.output.split(separator: "\n").count == 5_000)
  }

  @Test("A plan that the register has moved away from is not applied")
  func moved() async throws {
    let register = try await LiveRegister(demonstration: false)
    let file = try register.cli.file("two.csv", Self.two)
    let json = try await register.succeed("members", "import", file, "--plan-only", "-o", "json")
    let name = try #require(json.firstMatch(of: #/"name": "(memberImports/[^"]+)"/#)?.output.1)
    try await register.succeed(
      "members", "create", "--kind", "honorary", "--display-name", "en=Someone", "--country", "FR")
    let late = try await register.cli.run(["members", "import", "--apply", String(name), "--yes"])
    #expect(late.code == 6)
    #expect(late.errors.contains("REGISTER_MOVED"), "\(late.errors)")
    #expect(late.errors.hasSuffix("\nNothing was applied.\n"), "\(late.errors)")
    #expect(try await register.cli.run(["members", "get", "urdax"]).code == 3)
  }

  @Test("Rows that look like members are counted among the created when they were created")
  func probableDuplicates() async throws {
    let register = try await LiveRegister(demonstration: false)
    try await register.succeed("members", "import", register.cli.file("two.csv", Self.two), "--yes")
    let rows = "kind,country_code,display_name.es\ncity,FR,Ainhoa\ncity,ES,Elizondo\n"
    let file = try register.cli.file("like.csv", rows)
    let left = try await register.cli.run(["members", "import", file, "--plan-only"])
    #expect(left.code == 8, "one would be left out: \(left.errors)")
    #expect(left.output.contains("\t2\t1\t0\t0\t0\t1\t0\n"), "\(left.output)")
    let all = try await register.succeed(
      "members", "import", file, "--create-probable-duplicates", "--yes")
    #expect(all.contains(": 2 created, 0 updated, 0 unchanged."), "\(all)")
    let told = try await register.succeed(
      "members", "import", file, "--create-probable-duplicates", "--yes", "-o", "json")
    let document = try JSONSerialization.jsonObject(with: Data(told.utf8)) as? [String: Any]
    #expect(
      document?.keys.sorted() == ["entries", "entriesNotShown", "memberImport"],
      "one document: \(told)")
    let names = try await register.succeed("members", "list", "-o", "jsonl").split(separator: "\n")
    #expect(names.count == 6)
  }

  @Test("On a terminal a bar shows how far it is, and a question comes before the change")
  func onTerminal() async throws {
    let register = try await LiveRegister(demonstration: false)
    var rows = "name,kind,country_code,display_name.es\n"
    for number in 0..<3_000 { rows += "members/m\(number),city,ES,Lugar \(number)\n" }
    let file = try register.cli.file("many.csv", rows)
    let no = try await register.cli.runOnTerminal("members import \(file)", typing: "n\n")
    #expect(no.code == 9, "\(no.output)")
    #expect(no.output.contains(#/Planning \[[#.]{30}\] +\d+% \d+ of 3000/#), "\(no.output)")
    #expect(no.output.contains("Create 3000 and update 0 members"))
    let yes = try await register.cli.runOnTerminal("members import \(file)", typing: "y\n")
    #expect(yes.code == 0, "\(yes.output)")
    #expect(yes.output.contains("3000 created"))
  }
}
