import ArgumentParser

/// The options of every command. They may stand anywhere in the line.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: "The server, host:port or unix:PATH; else CABILDO_SERVER, the context, localhost:8080.")
  var server: String?

  @Option(help: "A context, in place of the current one; else CABILDO_CONTEXT.")
  var context: String?

  @Option(
    help: "File with the bearer token; else CABILDO_TOKEN, CABILDO_TOKEN_FILE, the context's.",
    completion: .file())
  var tokenFile: String?

  @Flag(help: "Speak TLS, and trust the system's authorities.")
  var tls = false

  @Option(help: "Speak TLS, and trust the authorities in this PEM file.", completion: .file())
  var ca: String?

  @Option(name: [.short, .long], help: "table, json, jsonl or csv.")
  var output: OutputFormat?

  @Option(
    help: ArgumentHelp(
      "What was the case on that day: 2019-06-30, or a time of RFC 3339.", valueName: "date"))
  var asOf: ValidDate?

  @Option(
    help: ArgumentHelp(
      "What was known at that time (RFC 3339); a date means its end, in UTC.",
      valueName: "time"))
  var recordedAsOf: RecordedTime?

  @Option(help: "Language of names and messages: es, en, fr and others (BCP 47).")
  var lang: String?

  @Flag(help: "Let the server check a write and say what would happen, and change nothing.")
  var dryRun = false

  @Option(help: "How long a call may take: 500ms, 30s, 5m. Streams have no limit without it.")
  var timeout: TimeSpan?

  @Flag(help: "Show each call on standard error: method, metadata, status, duration.")
  var showRpc = false

  @Flag(name: [.short, .long], help: "Do not ask before a change that can do harm.")
  var yes = false

  @Option(help: "How errors are told: text or json (google.rpc.Status).")
  var errors = ErrorFormat.text

  @Option(
    help: ArgumentHelp(
      "Name of this write, a UUID: the same again happens once. Logs know the call by it.",
      valueName: "uuid"))
  var requestId: String?
}

enum ErrorFormat: String, ExpressibleByArgument, CaseIterable, Sendable { case text, json }

enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  case table, json, jsonl, csv
}
