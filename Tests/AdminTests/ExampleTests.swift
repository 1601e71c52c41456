import Foundation
import Peers
import Testing

/// The examples in the help of every command are run as they stand.
@Suite(.serialized) struct ExampleTests {
  struct Command {
    let name: String
    let isLeaf: Bool
    let examples: [String]
  }

  private struct DumpedHelp: Decodable {
    let command: DumpedCommand
  }

  private struct DumpedCommand: Decodable {
    let commandName: String
    let discussion: String?
    let subcommands: [DumpedCommand]?
  }

  /// Every command but argument-parser's own `help`.
  private func commands(_ cli: CLI) async throws -> [Command] {
    let dump = try await cli.run(["--experimental-dump-help"]).output
    let root = try JSONDecoder().decode(DumpedHelp.self, from: Data(dump.utf8)).command
    return collect(root, [])
  }

  private func collect(_ command: DumpedCommand, _ parents: [String]) -> [Command] {
    let names = parents + [command.commandName]
    let children = (command.subcommands ?? []).filter { $0.commandName != "help" }
    let lines = (command.discussion ?? "").replacing(#/\\\n\s*/#, with: "")
      .split(separator: "\n").filter { $0.hasPrefix("$ ") }
    return [
      Command(
        name: names.joined(separator: " "), isLeaf: children.isEmpty,
        examples: lines.map { String($0.dropFirst(2)) })
    ] + children.flatMap { collect($0, names) }
  }

  @Test("Each command has an example")
  func everyCommandHasOne() async throws {
    let commands = try await commands(CLI())
    #expect(commands.count > 20)
    for command in commands where command.isLeaf {
      #expect(!command.examples.isEmpty, "\(command.name)")
      #expect(command.examples.contains { $0.hasPrefix(command.name) }, "\(command.name)")
    }
  }

  @Test("Each command's help says where the options of every command are, the first has them")
  func globalOptions() async throws {
    let cli = try CLI()
    for command in try await commands(cli) {
      let words = command.name.split(separator: " ").dropFirst().map(String.init)
      let help = try await cli.run(words + ["--help"]).output
      let isFirst = words.isEmpty
      #expect(help.contains("  --server <server>") == isFirst, "\(help)")
      #expect(
        help.hasSuffix(
          "\n\nThe options of every command, such as --server and --output: cabildo --help\n")
          == !isFirst, "\(command.name): \(help)")
    }
  }

  @Test("Each example ends well against a register with the demonstration data")
  func examplesRun() async throws {
    let register = try await LiveRegister()
    var cli = register.cli
    // What the examples name: a file of members, and where keys and tokens lie.
    let csv = try await register.succeed("members", "list", "-o", "csv")
    _ = try cli.file("members.csv", csv)
    cli.environment["PATH"] =
      CLI.program.deletingLastPathComponent().path + ":/usr/local/bin:/usr/bin:/bin"
    for file in ["signing.pem", "public.pem"] {
      try FileManager.default.moveItem(
        at: cli.folder.appending(path: file), to: cli.folder.appending(path: "old-\(file)"))
    }
    var count = 0
    for command in try await commands(cli) {
      for example in command.examples {
        count += 1
        // The token of the examples is checked with the key that made it, not the examples' own.
        let key = example.contains("token inspect --keys")
        let line = key ? example.replacing("public.pem", with: "old-public.pem") : example
        let result = try await cli.run(
          URL(filePath: "/bin/bash"), ["-c", line], input: nil, within: .seconds(60))
        #expect(result.code == 0, "\(example): \(result.errors)")
        #expect(!result.output.isEmpty || !example.contains("list"), "\(example)")
      }
    }
    #expect(count > 40, "\(count) examples")
  }
}
