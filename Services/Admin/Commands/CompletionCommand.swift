import ArgumentParser

struct CompletionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion", abstract: "Prints a completion script for bash, zsh or fish.",
    discussion: """
      bash: source <(cabildo completion bash), in ~/.bashrc
      zsh:  cabildo completion zsh > ~/.zfunc/_cabildo, a folder of fpath
      fish: cabildo completion fish > ~/.config/fish/completions/cabildo.fish

      Examples:
      $ cabildo completion bash
      $ cabildo completion zsh
      $ cabildo completion fish
      """)

  @Argument(help: "bash, zsh or fish.")
  var shell: Shell

  enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

  func run() async throws {
    let shell: CompletionShell =
      switch shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    try Terminal.writeLine(Cabildo.completionScript(for: shell))
  }
}
