extension GlobalOptions {
  /// Asks before a change that can do harm. Where nobody can be asked, `--yes` must have said it.
  func confirm(_ question: String, _ what: String) throws {
    guard !yes, !dryRun else { return }
    guard Terminal.inputIsTerminal, Terminal.errorIsTerminal, Terminal.confirms(question) else {
      throw Declined(what: what)
    }
  }
}
