import Foundation
import Peers
import Testing

/// Contexts: servers by name, in a file that is its owner's alone.
@Suite(.serialized) struct ContextTests {
  @Test("A context is made, used, shown and forgotten")
  func life() async throws {
    let cli = try CLI()
    func run(_ words: String...) async throws -> CLI.Result {
      try await cli.run(["context"] + words)
    }
    #expect(try await run("list").output == "CURRENT\tNAME\tSERVER\tTLS\tCA\tTOKEN FILE\n")
    #expect(try await run("set", "home", "--server", "localhost:1").code == 0)
    #expect(try await run("set", "away", "--server", "away:2", "--token-file", "t").code == 0)
    #expect(
      try await run("list", "-o", "csv").output == """
        current,name,server,tls,ca,token_file\r
        ,away,away:2,no,,\(cli.folder.appending(path: "t").path)\r
        *,home,localhost:1,no,,\r

        """)
    #expect(try await run("use", "away").code == 0)
    #expect(try await run("show", "-o", "jsonl").output.contains(#""name":"away""#))
    #expect(try await run("use", "nowhere").code == 2)
    #expect(try await run("delete", "away").code == 0)
    #expect(try await run("show").code == 2)
    let file = cli.folder.appending(path: "cabildo/config").path
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test("Flag comes before environment, environment before context")
  func precedence() async throws {
    var cli = try CLI()
    cli.environment["CABILDO_SERVER"] = ""
    func server(_ words: String...) async throws -> String {
      let errors = try await cli.run(["health", "--show-rpc"] + words).errors
      return errors.split(separator: "\n").first.map(String.init) ?? ""
    }
    let path = "> /grpc.health.v1.Health/List to "
    _ = try await cli.run(["context", "set", "home", "--server", "localhost:3"])
    #expect(try await server() == path + "localhost:3")
    cli.environment["CABILDO_SERVER"] = "localhost:4"
    #expect(try await server() == path + "localhost:4")
    #expect(try await server("--server", "localhost:5") == path + "localhost:5")
    cli.environment["CABILDO_SERVER"] = ""
    _ = try await cli.run(["context", "set", "other", "--server", "localhost:6"])
    #expect(try await server("--context", "other") == path + "localhost:6")
  }

  @Test("A context's token goes to its own server and to no other")
  func tokenStays() async throws {
    var cli = try CLI()
    cli.environment["CABILDO_SERVER"] = ""
    let token = try cli.file("token", "secret")
    _ = try await cli.run(
      ["context", "set", "home", "--server", "localhost:3", "--token-file", token])
    #expect(try await cli.run(["health", "--show-rpc"]).errors.contains("authorization:"))
    let elsewhere = try await cli.run(["health", "--show-rpc", "--server", "localhost:4"])
    #expect(!elsewhere.errors.contains("authorization:"))
  }

  @Test("A broken configuration is named, and left as it is")
  func broken() async throws {
    let cli = try CLI()
    try FileManager.default.createDirectory(
      at: cli.folder.appending(path: "cabildo"), withIntermediateDirectories: true)
    let path = try cli.file("cabildo/config", "{")
    let result = try await cli.run(["context", "list"])
    #expect(result.code == 2)
    #expect(result.errors.contains(path))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "{")
  }

  @Test(
    "The completion scripts are scripts",
    arguments: [("bash", "/bin/bash"), ("zsh", "/bin/zsh"), ("fish", "/usr/bin/fish")])
  func completion(shell: String, program: String) async throws {
    let cli = try CLI()
    let script = try await cli.run(["completion", shell])
    #expect(script.code == 0)
    #expect(script.output.contains("describe"))
    // Shells that are not installed cannot be asked.
    guard FileManager.default.isExecutableFile(atPath: program) else { return }
    let check = try await cli.run(
      URL(filePath: program), ["-n"], input: script.output, within: .seconds(10))
    #expect(check.code == 0, "\(check.errors)")
  }
}
