extension ServiceProgram {
  var help: String {
    let migrate = """

        \(executable) migrate status [FLAGS]   what the store has and what it lacks
        \(executable) migrate plan [FLAGS]     the SQL that would bring it up to date
        \(executable) migrate up [FLAGS]       applies that
      """
    return """
      Serves cabildo's \(name).

        \(executable) [FLAGS]                  serve until SIGTERM; SIGHUP reads certificates, token
                                               keys and the log level of --config's file again
        \(executable) healthcheck [FLAGS]      ask the running server; exit code 0 when it serves\
      \(migrations == nil ? "" : migrate)

      A setting is looked for as a flag, then in the environment, then in the file that --config
      names (lines of "key = value", "#" begins a comment), then by its default. Exit codes: 0 after
      a drained end, 2 for settings that are wrong, 1 for anything else.

        --config FILE
            The file of settings. [\(reader.variable(of: SettingsReader.configFlag))]
        --print-config
            Prints every setting and where it comes from, secrets masked.
        --version
        --help

      \(declarations.map { $0.help(variable: reader.variable(of: $0.name)) }.joined())
      """
  }
}
