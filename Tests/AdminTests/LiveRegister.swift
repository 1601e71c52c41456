import Foundation
import Peers
import RPC
import Testing

/// `cabildo-membership` with the demonstration data, and a command line that is set to it as a
/// registrar.
struct LiveRegister {
  let service: Program
  let cli: CLI

  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  init(demonstration: Bool = true, _ flags: [String] = []) async throws {
    var cli = try CLI()
    _ = try await cli.run(["token", "keygen", "--private", "signing.pem", "--public", "public.pem"])
    let token = try await cli.run([
      "token", "issue", "--key", "signing.pem", "--subject", "tests", "--role", "registrar",
      "--expires-in", "1h",
    ])
    let tokenFile = try cli.file("registrar", token.output)
    let (service, server) = try await Self.serve(cli, flags)
    self.service = service
    cli.environment["CABILDO_SERVER"] = server
    cli.environment["CABILDO_TOKEN_FILE"] = tokenFile
    self.cli = cli
    if demonstration { try await loadDemonstration() }
  }

  /// The service on the data of a command line, new or left by an earlier one, and its address.
  static func serve(_ cli: CLI, _ flags: [String] = []) async throws -> (Program, String) {
    let service = try Program(
      Repository.executable("cabildo-membership"),
      [
        "--listen", "127.0.0.1:0", "--data-dir", cli.folder.appending(path: "data").path,
        "--token-keys-file", cli.folder.appending(path: "public.pem").path,
      ] + flags)
    let line = try await service.line(after: #"{"event":"started""#)
    guard let port = line.firstMatch(of: #/"127\.0\.0\.1:(\d+)"/#)?.output.1 else {
      throw Failed(description: line)
    }
    return (service, "127.0.0.1:\(port)")
  }

  private func loadDemonstration() async throws {
    let folder = Repository.root.appending(path: "compose/demonstration")
    let sections = try String(contentsOf: folder.appending(path: "sections.jsonl"), encoding: .utf8)
    for line in sections.split(separator: "\n") {
      try await succeed(
        "call", "cabildo.membership.v1.MembershipService/CreateSection", "-d", String(line))
    }
    try await succeed(
      "members", "import", folder.appending(path: "members.jsonl").path, "--yes")
  }

  /// Runs a command that must end well, and returns what it printed.
  @discardableResult
  func succeed(_ words: String...) async throws -> String {
    let result = try await cli.run(words)
    guard result.code == 0 else {
      throw Failed(description: "\(words) ended with \(result.code ?? -1): \(result.errors)")
    }
    return result.output
  }

  /// The same without a token.
  var stranger: CLI {
    var cli = cli
    cli.environment["CABILDO_TOKEN_FILE"] = ""
    return cli
  }
}
