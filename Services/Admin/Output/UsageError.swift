/// What the command line, or a file or setting that it names, has wrong.
struct UsageError: Error, Equatable {
  let problem: String
  /// What to do about it.
  let advice: String?

  init(_ problem: String, advice: String?) {
    self.problem = problem
    self.advice = advice
  }
}

/// An end that is no success, of which everything has been said.
struct Ending: Error {
  let status: ExitStatus
}

/// Nobody said yes.
struct Declined: Error {
  let what: String
}
