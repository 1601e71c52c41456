extension ServiceProgram {
  var help: String {
    let reader = SettingsReader(declarations, prefix: "CABILDO_\(name.uppercased())_")
    return """
      Serves cabildo's \(name).

        \(executable) [FLAGS]               serve until SIGTERM
        \(executable) healthcheck [FLAGS]   ask the running server how it is; exit code 0 when well

      A setting is looked for as a flag, then in the environment, then in the file that --config
      names ("key = value" lines, "#" comments), then by its default.

        --config FILE
            The file of settings. [\(reader.variable(of: "config"))]
        --print-config, --version, --help

      \(declarations.map { $0.help(variable: reader.variable(of: $0.name)) }.joined())
      """
  }
}
