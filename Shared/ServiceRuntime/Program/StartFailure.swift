/// Why a program could not start, in one line that says what to do.
enum StartFailure {
  static func line(_ error: any Error) -> String {
    "\(error)".split { $0.isNewline }.joined(separator: " ")
  }
}
