import Foundation
import Messages
import Testing
import WellKnown

@testable import cabildo

/// Comma-separated values as RFC 4180 has them, and as people have them.
@Suite struct CSVReaderTests {
  private let cli: CLI

  init() throws { cli = try CLI() }

  private func rows(_ bytes: [UInt8]) throws -> [CSVReader.Row] {
    var reader = try CSVReader(cli.file("\(UUID()).csv", bytes))
    var rows: [CSVReader.Row] = []
    while let row = try reader.next() { rows.append(row) }
    return rows
  }

  private typealias Row = CSVReader.Row

  @Test(
    "Rows are read as RFC 4180 writes them",
    arguments: [
      ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]), ("a,b\nc,d", [["a", "b"], ["c", "d"]]),
      ("\"a,1\",\"b\"\"2\"\"\"\r\n", [["a,1", "b\"2\""]]), ("\"a\r\nb\",c", [["a\r\nb", "c"]]),
      (",\r\n\r\n,,\n", [["", ""], ["", "", ""]]), ("\"\"\n", []), ("\u{feff}a,b\n", [["a", "b"]]),
      ("ñ,北京\n", [["ñ", "北京"]]), (" a , b \n", [[" a ", " b "]]), ("", []),
    ])
  func wellFormed(text: String, expected: [[String]]) throws {
    #expect(try rows(Array(text.utf8)).map(\.fields) == expected)
    #expect(try rows(Array(text.utf8)).allSatisfy { $0.fault == nil })
  }

  @Test(
    "A broken row is told by the line it begins at, and the next is read",
    arguments: [
      ("a\nb\"c\nd", 2, "a quote inside field 1, which is not quoted"),
      ("a\n\"b\"c,d\nd", 2, "text behind the closing quote of field 1"),
      ("a\nx,\"y\nd", 2, "the quote of field 2 is never closed"),
      ("a\nb\rc\nd", 2, "a carriage return without a line feed"),
      ("\"a\nb\"\nc\0\nd", 3, "a NUL character in field 1"),
      ("a\n" + String(repeating: ",", count: 300) + "\nd", 2, "more than 256 fields"),
      (
        "a\n" + String(repeating: "x", count: 70_000) + "\nd", 2,
        "field 1 has more than 65536 bytes"
      ),
    ])
  func broken(text: String, line: Int, fault: String) throws {
    let rows = try rows(Array(text.utf8))
    let broken = try #require(rows.first { $0.fault != nil })
    #expect(broken.fault == fault)
    #expect(broken.line == line)
    #expect(rows.last?.fields == ["d"] || fault.contains("never closed"))
  }

  @Test(
    "Another encoding is refused, and where it shows is told",
    arguments: [
      ([0x61, 0x2c, 0xf1, 0x0a], "byte 2 is 0xf1"),
      ([0x61, 0x0a, 0x22, 0x62, 0xe9, 0x22], "byte 4 is 0xe9"),
      ([0xef, 0xbb, 0xbf, 0x61, 0xff], "byte 4 is 0xff"), ([0xff, 0xfe, 0x61, 0], "UTF-16"),
      ([0xfe, 0xff, 0, 0x61], "UTF-16"), ([0x61, 0xed, 0xa0, 0x80], "byte 1 is 0xed"),
    ] as [([UInt8], String)])
  func encodings(bytes: [UInt8], words: String) throws {
    let error = #expect(throws: cabildo.EncodingError.self) { try rows(bytes) }
    #expect(error?.problem.contains(words) == true, "\(error?.problem ?? "")")
    #expect(error?.advice.contains("iconv") == true)
  }

  @Test("Rows become members, column by column")
  func members() throws {
    let path = try cli.file(
      "members.csv",
      """
      name,kind,display_name.es,display_name.zh-Hant,country_code,section,level,\
      population.inhabitants,population.date,location.latitude,location.longitude,languages,\
      identifiers.wikidata,status,status_date,access_level,sources
      bilbao,city,Bilbao,畢爾包,es,europe,municipal,350000,2021,43.26,-2.93,es; eu,Q8692,active,\
      2010-01-01,public,a; b | c

      """)
    var bad = BadRows(file: path)
    var members: [MembershipV1.Member] = []
    try MemberFile(path, nil).forEach(&bad) { members.append($0.member ?? .init()) }
    #expect(bad.problems == [])
    #expect(
      members == [
        .init(
          name: "members/bilbao", kind: .city,
          displayName: .init(values: ["es": "Bilbao", "zh-Hant": "畢爾包"]), countryCode: "ES",
          section: "sections/europe", level: .municipal,
          population: .init(inhabitants: 350_000, date: .init(precision: .year, year: 2021)),
          location: .init(latitude: 43.26, longitude: -2.93), languages: ["es", "eu"],
          identifiers: [.init(scheme: .wikidata, value: "Q8692")],
          statusSteps: [
            .init(status: .active, date: .init(precision: .day, year: 2010, month: 1, day: 1))
          ], accessLevel: .public,
          sources: [.init(document: "a"), .init(document: "b", locator: "c")])
      ])
  }

  @Test("All that is wrong is told, by row and column, and nothing is sent")
  func allFaults() async throws {
    let path = try cli.file(
      "bad.csv",
      """
      name,kind,population.inhabitants,population.date,location.longitude,location.latitude
      a,village,1,2020,0,0
      b,city,many,2020-13-01-x,0,0
      c,city,1
      d,city,1,2020,east,0
      e,city,1,2020,0,0

      """)
    let result = try await cli.run(["members", "import", path])
    #expect(result.code == 4)
    for words in [
      "has 5 faults (", "Nothing was applied.", "row 2, kind: \"village\" is none of city, region",
      "row 3, population.inhabitants: \"many\" is no number", "row 3, population.date:",
      "row 4: 3 fields, and the header has 6", "row 5, location.longitude: \"east\"",
    ] { #expect(result.errors.contains(words), "\(words) in \(result.errors)") }
  }

  @Test(
    "A wrong header is told by its columns",
    arguments: [
      ("name,kind,name\n", "row 1, name: the column is there twice"),
      ("name,nme\n", "row 1, nme: no such column\nNothing was applied.\n  -> The columns are "),
      ("kind,population\n", "a column is missing: name, display_name or an identifier"),
      ("", "the file is empty"), ("a\"b\n", "a quote inside field 1"),
    ])
  func headers(text: String, words: String) async throws {
    let result = try await cli.run(["members", "import", try cli.file("header.csv", text)])
    #expect(result.code == 4)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test("JSON lines are told by row and path")
  func jsonLines() async throws {
    let path = try cli.file(
      "bad.jsonl",
      "{\"name\":\"members/a\"}\n\n{\"kind\":\"VILLAGE\"}\n{\"population\":{\"x\":1}}\n{")
    let result = try await cli.run(["members", "import", path])
    #expect(result.code == 4)
    for words in [
      "has 3 faults", "row 3, kind: no value is named \"VILLAGE\"", "row 4, population.x:",
      "row 5: ",
    ] { #expect(result.errors.contains(words), "\(words) in \(result.errors)") }
  }

  @Test("Of very many faults the first hundred are told, and all are counted")
  func manyFaults() async throws {
    let path = try cli.file("many.csv", "name,kind\n" + String(repeating: "a,b\n", count: 5_000))
    let result = try await cli.run(["members", "import", path])
    #expect(result.errors.contains("has 5000 faults, of which the first 100 are told"))
    #expect(result.errors.split(separator: "\n").count < 110)
  }
}
