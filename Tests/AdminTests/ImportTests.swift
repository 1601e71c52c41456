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
    #expect(document?.keys.sorted() == ["entries", "memberImport"], "one document: \(told)")
    let again = try await register.succeed("members", "import", file, "--yes")
    #expect(again.contains("\t2\t0\t0\t2\t0\t0\t0\n"), "the second time nothing is to do: \(again)")
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
    #expect(document?.keys.sorted() == ["entries", "memberImport"], "one document: \(told)")
    let names = try await register.succeed("members", "list", "-o", "jsonl").split(separator: "\n")
    #expect(names.count == 6)
  }

  @Test("What the list writes as CSV, the import takes, and finds nothing to do")
  func roundTrip() async throws {
    let register = try await LiveRegister()
    let csv = try await register.succeed("members", "list", "-o", "csv")
    let file = try register.cli.file("list.csv", csv)
    let again = try await register.succeed("members", "import", file, "--plan-only", "-o", "json")
    let rows = csv.split(separator: "\r\n").count - 1
    #expect(again.contains("\"noOps\": \"\(rows)\""), "\(again)")
  }

  @Test("Rows that the register refuses are told by row and field, with 8; nothing is applied")
  func refusedRows() async throws {
    let register = try await LiveRegister(demonstration: false)
    let file = try register.cli.file(
      "bad.csv",
      Self.two + "members/atlantis,city,XX,Atlantis,1\nmembers/nobody,city,ES,Nadie,-5\n")
    let result = try await register.cli.run(["members", "import", file, "--yes"])
    #expect(result.code == 8)
    #expect(result.output.contains(#/\n4\tinvalid\t\S*\t\tcountry_code: /#), "\(result.output)")
    #expect(result.output.contains(#/\n5\tinvalid\t\S*\t\tpopulation.inhabitants: /#))
    #expect(try await register.succeed("members", "list", "-o", "json") == "[]\n")
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
