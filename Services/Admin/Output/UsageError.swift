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

/// A failure, and what it means for what was to be done: a sentence.
struct Stopped: Error {
  let error: any Error
  let outcome: String
}

/// Rows of an import contradict the register, or one another.
struct ConflictingRows: Error {
  let count: Int64
}

/// Nobody said yes.
struct Declined: Error {
  let what: String
}
