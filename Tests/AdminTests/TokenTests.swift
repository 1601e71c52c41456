import Foundation
import Peers
import Testing

/// Keys and tokens, as an operator makes them.
@Suite(.serialized) struct TokenTests {
  private func keys(_ cli: CLI) async throws {
    let made = try await cli.run(["token", "keygen", "--private", "s.pem", "--public", "p.pem"])
    #expect(made.code == 0, "\(made.errors)")
  }

  private func token(_ cli: CLI, _ extra: [String] = []) async throws -> String {
    let issue = ["token", "issue", "--key", "s.pem", "--subject", "me", "--role", "registrar"]
    return try await cli.run(issue + ["--expires-in", "8h"] + extra).output
  }

  @Test("A key is made once, and the private half is its owner's alone")
  func keygen() async throws {
    let cli = try CLI()
    try await keys(cli)
    let mode =
      try FileManager.default.attributesOfItem(
        atPath: cli.folder.appending(path: "s.pem").path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let again = try await cli.run(["token", "keygen", "--private", "s.pem", "--public", "q.pem"])
    #expect(again.code == 2)
    #expect(again.errors.contains("not overwritten"))
  }

  @Test("A token says whom it speaks for, and is checked with the public key")
  func inspect() async throws {
    let cli = try CLI()
    try await keys(cli)
    let path = try cli.file("token", try await token(cli, ["--role", "operator"]))
    let shown = try await cli.run(["token", "inspect", path, "--public", "p.pem", "-o", "csv"])
    #expect(shown.code == 0, "\(shown.errors)")
    #expect(shown.output.contains("sub,me\r\n"))
    #expect(shown.output.contains(#"roles,"[""operator"",""registrar""]""#), "\(shown.output)")
    #expect(shown.output.contains("check,good\r\n"))
    #expect(shown.output.contains(#/exp,20\d\d-\d\d-\d\dT/#))
    var carried = cli
    carried.environment["CABILDO_TOKEN_FILE"] = path
    #expect(try await carried.run(["token", "inspect"]).output.contains("sub\tme"))
  }

  @Test("Without keys the dates are checked, and that the signature is not is said")
  func inspectWithoutKeys() async throws {
    let cli = try CLI()
    try await keys(cli)
    let good = try cli.file("token", try await token(cli))
    let shown = try await cli.run(["token", "inspect", good])
    #expect(shown.code == 0)
    #expect(shown.output.hasSuffix("check\tgood by its dates; signature not checked\n"))
    #expect(try await cli.run(["token", "inspect", good, "--keys", "p.pem"]).code == 0)
    let short = try cli.file("short", try await token(cli, ["--expires-in", "1s"]))
    try await Task.sleep(for: .milliseconds(1_100))
    for keys in [[], ["--keys", "p.pem"]] {
      let expired = try await cli.run(["token", "inspect", short] + keys)
      #expect(expired.code == 5, "\(keys)")
      #expect(expired.output.contains("check\tthe token has expired"), "\(expired.output)")
    }
  }

  @Test("A forged token is told, with 5")
  func forged() async throws {
    let cli = try CLI()
    try await keys(cli)
    let line = try await token(cli).dropLast()
    var parts = line.split(separator: ".").map(String.init)
    parts[2] = String(parts[2].reversed())
    let path = try cli.file("token", parts.joined(separator: "."))
    let shown = try await cli.run(["token", "inspect", path, "--public", "p.pem"])
    #expect(shown.code == 5)
    #expect(shown.output.contains("TOKEN_"), "\(shown.output)")
  }

  @Test(
    "What cannot be issued is refused",
    arguments: [
      (["--role", "king"], "king"), (["--expires-in", "500d"], "400d"),
      (["--key", "no.pem"], "no.pem"),
      (["--subject", ""], "--subject"),
    ])
  func refused(arguments: [String], words: String) async throws {
    let cli = try CLI()
    try await keys(cli)
    var all = ["--key": "s.pem", "--subject": "me", "--role": "reader", "--expires-in": "1h"]
    all[arguments[0]] = arguments[1]
    let result = try await cli.run(["token", "issue"] + all.flatMap { [$0.key, $0.value] })
    #expect(result.code == 2)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test("A file that is no token is said to be none")
  func noToken() async throws {
    let cli = try CLI()
    let path = try cli.file("token", "just.text")
    #expect(try await cli.run(["token", "inspect", path]).code == 2)
    #expect(try await cli.run(["token", "inspect"]).code == 2)
  }
}
