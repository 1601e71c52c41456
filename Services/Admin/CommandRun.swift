import ArgumentParser

/// One run of the program: from its arguments to its exit code.
enum CommandRun {
  static func run(_ arguments: [String]) async -> Int32 {
    let work = Task { await ending(of: arguments) }
    let interruption = Interruption { work.cancel() }
    let code = await work.value
    return interruption.exitCode ?? code
  }

  private static func ending(of arguments: [String]) async -> Int32 {
    let command: any ParsableCommand
    do {
      command = try await Cabildo.asyncParseAsRoot(arguments)
    } catch { return parsingEnded(error, arguments) }
    do {
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        var command = command
        try command.run()
      }
      return ExitStatus.success.rawValue
    } catch {
      return ended(error, arguments)
    }
  }

  /// Help and completion scripts are no failures; the rest is the line's fault.
  private static func parsingEnded(_ error: any Error, _ arguments: [String]) -> Int32 {
    guard !Cabildo.exitCode(for: error).isSuccess else {
      try? Terminal.writeLine(withWay(toGlobalOptions: Cabildo.fullMessage(for: error)))
      return ExitStatus.success.rawValue
    }
    if wantsJSON(arguments) {
      return ended(UsageError(Cabildo.message(for: error), advice: nil), arguments)
    }
    Terminal.tell(Cabildo.fullMessage(for: error))
    return ExitStatus.usage.rawValue
  }

  /// Help of the commands below says where the options are that it leaves out.
  private static func withWay(toGlobalOptions text: String) -> String {
    guard text.hasPrefix("OVERVIEW: "), !text.contains("OPTIONS OF EVERY COMMAND") else {
      return text
    }
    let way = "The options of every command, such as --server and --output: cabildo --help"
    return text + (text.hasSuffix("\n") ? "\n" : "\n\n") + way
  }

  private static func ended(_ error: any Error, _ arguments: [String]) -> Int32 {
    let failure = error
    let error = (failure as? RemoteFailure)?.error ?? failure
    if error is Terminal.BrokenPipe { return ExitStatus.brokenPipe }
    if let ending = error as? Ending { return ending.status.rawValue }
    // Help is thrown from where a command would run.
    let code = Cabildo.exitCode(for: error)
    if code.isSuccess || code == .validationFailure { return parsingEnded(error, arguments) }
    let report = ErrorReport(failure)
    Terminal.tell(wantsJSON(arguments) ? report.json : report.text)
    return report.status.rawValue
  }

  /// Asked for even where the line could not be parsed.
  private static func wantsJSON(_ arguments: [String]) -> Bool {
    zip(arguments, arguments.dropFirst() + [""]).contains { argument, next in
      argument == "--errors=json" || (argument == "--errors" && next == "json")
    }
  }
}
