import Foundation
import Messages
import Peers
import Testing

@testable import cabildo

/// What people see: widths, tables, bars, questions.
@Suite(.serialized) struct TerminalTests {
  @Test(
    "A text takes as many columns as it shows",
    arguments: [
      ("Bilbao", 6), ("Córdoba", 7), ("Co\u{301}rdoba", 7), ("北京市", 6), ("서울", 4), ("ｱ", 1),
      ("Ａ", 2),
      ("👍", 2), ("👨‍👩‍👧", 2), ("🇪🇸", 2), ("❤️", 2), ("مراكش", 5), ("नई दिल्ली", 8), ("a\u{200d}b", 2),
      ("", 0),
      ("क्ष", 2),
    ])
  func width(text: String, columns: Int) {
    #expect(DisplayWidth.of(text) == columns)
  }

  @Test(
    "A text is cut between characters, and the cut is shown",
    arguments: [
      ("Bilbao", 6, "Bilbao"), ("Bilbao", 5, "Bilb…"), ("北京市", 5, "北京…"), ("北京市", 4, "北…"),
      ("Co\u{301}rdoba", 3, "Co\u{301}…"), ("Bilbao", 1, "…"), ("Bilbao", 0, ""),
    ])
  func fit(text: String, columns: Int, expected: String) {
    #expect(DisplayWidth.fit(text, in: columns) == expected)
    #expect(DisplayWidth.of(DisplayWidth.fit(text, in: columns)) <= columns)
  }

  @Test("A name cannot command the terminal")
  func harmless() {
    #expect(
      DisplayWidth.harmless("a\u{1b}[2Jb\n\u{202e}c\u{9b}") == #"a\u{1b}[2Jb\n\u{202e}c\u{9b}"#)
    #expect(DisplayWidth.harmless("नई दिल्ली 👨‍👩‍👧") == "नई दिल्ली 👨‍👩‍👧")
  }

  @Test("A table is aligned by what is seen, and fits")
  func table() {
    var table = Table(titles: ["NAME", "N"], isNumber: [false, true], columns: 40)
    #expect(
      table.lines([["北京", "5"], ["Bilbao", "350000"]]) == [
        "NAME         N", "北京         5", "Bilbao  350000",
      ])
    #expect(table.lines([["Q", "1"]]) == ["Q            1"], "later rows keep the widths")
    var narrow = Table(titles: ["A", "B", "C"], isNumber: [false, false, false], columns: 40)
    let long = String(repeating: "x", count: 100)
    for line in narrow.lines([[long, "short", long]]) { #expect(DisplayWidth.of(line) <= 40) }
    var piped = Table(titles: ["A", "B"], isNumber: [false, true], columns: nil)
    #expect(piped.lines([[long, "a\tb"]]) == ["A\tB", long + "\ta\\tb"])
  }

  @Test("CSV quotes what RFC 4180 says")
  func csv() {
    #expect(
      CSV.line(["a", "b,c", "d\"e", "f\ng", " h", ""])
        == "a,\"b,c\",\"d\"\"e\",\"f\ng\",\" h\",\r\n")
  }

  @Test("A bar is plain text")
  func bar() {
    let bar = ProgressBar("Planning", of: 200, isShown: false)
    #expect(bar.line(50) == "Planning [#######.......................]  25% 50 of 200")
    #expect(bar.line(900).contains("100%"))
    #expect(ProgressBar("x", of: 0, isShown: false).line(5).contains("  0%"))
  }

  @Test(
    "A list of texts in one field comes back",
    arguments: [[], ["a"], ["a;b", "c\\", "d; e"], ["=;"]])
  func listText(texts: [String]) {
    #expect(ListText.split(ListText.join(texts)) == texts)
  }

  @Test(
    "A date is as precise as it is written",
    arguments: ["2019", "2019-06", "2019-S2", "2019-06-30", "tbc"])
  func dates(text: String) {
    #expect(TypeV1.PartialDate(text: text)?.text == text)
  }

  @Test(
    "What is no date is none",
    arguments: ["", "19", "2019-6", "2019-06-3", "2019-S", "2019-06-30-1", "-"])
  func noDates(text: String) {
    #expect(TypeV1.PartialDate(text: text) == nil)
  }

  @Test("A table is aligned and bold on a terminal, tab-separated elsewhere")
  func onTerminal() async throws {
    let served = try await ServedCLI()
    let shown = try await served.cli.runOnTerminal("health")
    #expect(shown.output.contains("\u{1b}[1mSERVICE                   STATUS\u{1b}[0m"))
    #expect(shown.output.contains("(server)                  SERVING"))
    var plain = served.cli
    plain.environment["NO_COLOR"] = "1"
    #expect(try await !plain.runOnTerminal("health").output.contains("\u{1b}"))
    let piped = try await served.cli.run(["health"])
    #expect(
      piped.output == "SERVICE\tSTATUS\n(server)\tSERVING\ngrpc.testing.TestService\tSERVING\n")
  }

  @Test("Harm is asked about on a terminal, and refused where nobody can answer")
  func confirmation() async throws {
    let served = try await ServedCLI()
    let no = try await served.cli.runOnTerminal("members delete bilbao", typing: "n\n")
    #expect(no.code == 9, "\(no.output)")
    #expect(no.output.contains("Take members/bilbao off the register"))
    #expect(no.output.contains("nothing was changed"))
    let yes = try await served.cli.runOnTerminal("members delete bilbao", typing: "y\n")
    #expect(yes.code == 1, "this server has no members: UNIMPLEMENTED")
    let nobody = try await served.cli.run(["members", "delete", "bilbao"], input: "y\n")
    #expect(nobody.code == 9)
    #expect(nobody.errors.contains("--yes"))
    #expect(try await served.cli.run(["members", "delete", "bilbao", "--yes"]).code == 1)
  }
}
