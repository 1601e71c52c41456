import ArgumentParser

struct ExitCodesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exit-codes", abstract: "Tells what the exit codes mean.",
    discussion: ExitStatus.allCases.map { status in
      let number = "\(status.rawValue)"
      return String(repeating: " ", count: 3 - number.count) + number + "  " + status.meaning
    }.joined(separator: "\n") + "\n\nExample:\n$ cabildo exit-codes")

  func run() async throws { try Terminal.writeLine(Self.configuration.discussion) }
}
