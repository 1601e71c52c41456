import Foundation
import Messages
import Peers
import Protobuf
import Testing
import WellKnown

/// Files that must not be imported: told by row, column and reason, and nothing of them is applied.
@Suite(.serialized) struct BadFileTests {
  struct Case: Sendable {
    let name: String
    let bytes: [UInt8]
    /// Where, and why.
    let words: [String]
    let code: Int32

    init(_ name: String, _ bytes: [UInt8], _ words: String..., code: Int32 = 4) {
      self.name = name
      self.bytes = bytes
      self.words = words
      self.code = code
    }

    init(_ name: String, _ text: String, _ words: String..., code: Int32 = 4) {
      self.name = name
      bytes = Array(text.utf8)
      self.words = words
      self.code = code
    }

    /// Row 2 is good, row 3 has a value of its own in one column.
    init(_ column: String, is value: String, _ words: String..., code: Int32 = 4) {
      name = "\(column) \(value)"
      var row = BadFileTests.good
      row["name"] = "members/bad"
      row["identifiers.geonames"] = "22"
      row[column] = value
      let all = BadFileTests.columns
      let columns = all.contains(column) ? all : all + [column]
      let lines = [columns] + [BadFileTests.good, row].map { row in columns.map { row[$0] ?? "" } }
      bytes = Array(
        lines.map { $0.map { "\"\($0)\"" }.joined(separator: ",") + "\n" }.joined().utf8)
      self.words = words
      self.code = code
    }
  }

  private static let good = [
    "name": "members/good", "kind": "city", "country_code": "ES", "display_name.es": "Buena",
    "population.inhabitants": "1", "population.date": "2020", "location.latitude": "43.3",
    "location.longitude": "-2", "status_steps": "2010 active", "identifiers.geonames": "11",
  ]
  private static let columns = good.keys.sorted()
  private static let start = "name,kind,country_code,display_name.es\nmembers/good,city,ES,Buena\n"

  static let files = [
    Case("a row too short", start + "members/bad,city\n", "row 3: 2 fields, and the header has 4"),
    Case("a quote", start + "members/bad,ci\"ty,ES,M\n", "row 3: a quote inside field 2"),
    Case("an open quote", start + "members/bad,\"city,ES,M\n", "row 3: the quote of field 2"),
    Case(
      "Latin-1", Array(start.utf8) + [0x61, 0x2c, 0x2c, 0x2c, 0x45, 0xf1, 0x0a],
      "row 3, field 4: byte 71 is 0xf1", "iconv -f WINDOWS-1252"),
    Case("UTF-16", [0xff, 0xfe, 0x6e, 0x00], "is UTF-16", "iconv -f UTF-16"),
    Case("half a character", Array(start.utf8) + [0xe5, 0x8c], "row 3, field 1: byte 66 is 0xe5"),
    Case("a column twice", "name,kind,NAME\n", "row 1, name: the column is there twice"),
    Case("no such column", "name,mayor\n", "row 1, mayor: no such column"),
    Case("no header", "", "row 1: the file is empty"),
    Case("who?", "kind,country_code\n", "row 1: a column is missing: name, display_name or an"),
    Case("a status of no date", "name,status\n", "row 1, status: a status comes with its date"),
    Case("a date of no status", "name,status_date\n", "row 1, status_date: a date of a status"),
    Case(
      "steps, and one more", "name,status_steps,status,status_date\n",
      "row 1, status_date: status_steps has the dates"),
    Case(
      "a step of no date", "name,status,status_date\nbad,active,\n",
      "row 2, status_date: empty, though status is filled"),
    Case(
      "a step of no status", "name,status,status_date\nbad,,2010\n",
      "row 2, status: empty, though status_date is filled"),
    Case(
      "a step of an unknown status", "name,status,status_date\nbad,mayor,2010\n",
      "row 2, status: \"mayor\" is none of applicant, active"),
    Case(
      "a step on a day that there is not",
      "kind,country_code,display_name.es,status,status_date\ncity,ES,M,active,2021-02-29\n",
      "row 2, status_date: month 2 of 2021 has no day 29"),
    Case(
      "a step without a reason that needs one",
      "kind,country_code,display_name.es,status,status_date\ncity,ES,M,excluded,2021\n",
      "row 2, status: EXCLUDED needs a reason"),
    Case(
      "a member twice", start + "members/good,city,ES,Otra\n",
      "row 3 conflict", "name: row 2 is of members/good, too", code: 8),
  ]

  static let values = [
    Case("kind", is: "village", "row 3, kind: \"village\" is none of city, region"),
    Case("kind", is: "", "row 3, kind: a member has a kind"),
    Case("country_code", is: "QQ", "row 3, country_code: \"QQ\" is no country of ISO 3166-1"),
    Case("country_code", is: "", "row 3, country_code: a member of this kind has a country"),
    Case("section", is: "nowhere", "row 3, section: there is no section \"sections/nowhere\""),
    Case("name", is: "Big Name", "row 3, name: "),
    Case("display_name.es", is: "a\u{0}b", "row 3: a NUL character in field"),
    Case("display_name.es", is: "a\u{7}b", "row 3, display_name.es: U+0007 is a control character"),
    Case("display_name.es", is: " ", "row 3, display_name.es: the text is blank"),
    Case("display_name.x_y", is: "Mala", "row 3, display_name.x_y: \"x_y\" is no language tag"),
    Case("display_name", is: "Mala", "row 3, display_name: \"Mala\" is no text in a language"),
    Case("display_name", is: "es=Peor", "row 3, display_name: the name in es is there twice"),
    Case("population.inhabitants", is: "-5", "row 3, population.inhabitants: -5 is no number"),
    Case(
      "population.inhabitants", is: "many", "row 3, population.inhabitants: \"many\" is no number"),
    Case(
      "population.inhabitants", is: "9223372036854775808", "row 3, population.inhabitants: \"922"),
    Case(
      "population.inhabitants", is: "", "row 3, population.inhabitants: empty, though population"),
    Case(
      "population.date", is: "2020-02-30", "row 3, population.date: month 2 of 2020 has no day 30"),
    Case("population.date", is: "2020-13", "row 3, population.date: a year has no month 13"),
    Case("population.date", is: "yesterday", "row 3, population.date: \"yesterday\" is no date"),
    Case("location.latitude", is: "91", "row 3, location.latitude: "),
    Case("location.latitude", is: "north", "row 3, location.latitude: \"north\" is no number"),
    Case("location.latitude", is: "", "row 3, location.latitude: empty, though location.longitude"),
    Case(
      "status_steps", is: "2021-02-29 active", "row 3, status_steps: month 2 of 2021 has no day"),
    Case("status_steps", is: "active", "row 3, status_steps: \"active\" is no step such as"),
    Case("status_steps", is: "2010 mayor", "row 3, status_steps: \"mayor\" is none of applicant"),
    Case("status_steps", is: "soon active", "row 3, status_steps: \"soon\" is no date such as"),
    Case("status_steps", is: "tbc active", "row 3, status_steps: a step has a date that is known"),
    Case(
      "status_steps", is: "2010 active; 2010-06 withdrawn | es=No",
      "row 3, status_steps: the steps 0 (2010) and 1 (2010-06) fall on the same days"),
    Case(
      "status_steps", is: "2010 active; 2009 withdrawn | es=No",
      "row 3, status_steps: step 1 (2009) stands behind step 0 (2010)"),
    Case(
      "status_steps", is: "2010 applicant; 2012 suspended | es=No",
      "row 3, status_steps: APPLICANT is not followed by SUSPENDED"),
    Case("status_steps", is: "2010 excluded", "row 3, status_steps: EXCLUDED needs a reason"),
    Case("status_steps", is: "2010 active | Dues", "row 3, status_steps: \"Dues\" is no text in a"),
    Case("status", is: "suspended", "row 3, status: status_steps say active, not suspended"),
    Case("delete_time", is: "2020-01-01T00:00:00Z", "row 3, delete_time: a deleted member is not"),
    Case("identifiers.geonames", is: "x", "row 3, identifiers.geonames: "),
    Case(
      "identifiers", is: "geonames=23", "row 3, identifiers: GEONAMES stands in identifiers[0]"),
    Case(
      "identifiers.geonames", is: "11", "row 3 conflict",
      "identifiers.geonames: GEONAMES 11 stands in row 2 already", code: 8),
    Case(
      "identifiers.wikidata", is: "Q8692", "row 3 conflict",
      "WIKIDATA Q8692 is that of members/bilbao, and the row names members/bad", code: 8),
    Case("access_level", is: "nobody", "row 3, access_level: \"nobody\" is none of public"),
  ]

  @Test("Nothing of a bad file is applied, and what is wrong is told by row, column and reason")
  func table() async throws {
    let register = try await LiveRegister()
    let before = try await register.succeed("members", "list", "--deleted", "-o", "csv")
    for test in Self.files + Self.values {
      let file = try register.cli.file("bad.csv", test.bytes)
      let result = try await register.cli.run(["members", "import", file, "--yes"])
      #expect(result.code == test.code, "\(test.name): \(result)")
      #expect(result.errors.contains("\nNothing was applied.\n"), "\(test.name): \(result)")
      for words in test.words {
        #expect((result.output + result.errors).contains(words), "\(test.name): \(result)")
      }
      let after = try await register.succeed("members", "list", "--deleted", "-o", "csv")
      #expect(after == before, "\(test.name)")
    }
    let good = Case("languages", is: "es", "")
    let file = try register.cli.file("good.csv", good.bytes)
    let result = try await register.succeed("members", "import", file, "--yes")
    #expect(result.contains(": 2 created, 0 updated, 0 unchanged."), "else the rows are good")
  }

  @Test("Programs are told rows and columns, whether the file or the register was asked")
  func asJSON() async throws {
    let register = try await LiveRegister(demonstration: false)
    for test in [Case("kind", is: "village", ""), Case("country_code", is: "QQ", "")] {
      let file = try register.cli.file("bad.csv", test.bytes)
      let result = try await register.cli.run(
        ["members", "import", file, "--yes", "--errors", "json"])
      let status = try GoogleRPC.Status(json: result.errors)
      #expect(status.message.hasSuffix("bad.csv has 1 fault. Nothing was applied."))
      let bad = status.details.lazy.compactMap { $0.unpacked(as: GoogleRPC.BadRequest.self) }.first
      let column = test.name.split(separator: " ")[0]
      #expect(bad?.fieldViolations.map(\.field) == ["row 3, \(column)"], "\(result.errors)")
    }
  }
}
