import ArgumentParser

/// The command line of Cabildo: a noun, a verb, and options that are the same everywhere.
struct Cabildo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cabildo",
    abstract: "Administers a Cabildo: members, change feeds, tokens.",
    discussion: """
      The options below may stand anywhere in the line of any command. Tables are aligned on a \
      terminal and tab-separated elsewhere; errors go to standard error, and the exit code tells \
      their class (cabildo help exit-codes).

      Examples:
      $ cabildo version
      $ cabildo health
      $ cabildo describe
      """,
    subcommands: [
      MembersCommand.self, SectionsCommand.self, FeedCommand.self, TokenCommand.self,
      CallCommand.self, DescribeCommand.self, HealthCommand.self, ContextCommand.self,
      CompletionCommand.self, VersionCommand.self, ExitCodesCommand.self,
    ])

  @OptionGroup(title: "Options of every command") var global: GlobalOptions
}
