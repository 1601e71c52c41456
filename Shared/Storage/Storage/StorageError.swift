/// What a store answers when it does not do what it was asked.
package enum StorageError: Error, Equatable {
  // The statement is at fault, and undone; the transaction may go on.
  /// The columns as the engine names them, `member.name`.
  case uniqueViolation(String)
  case foreignKeyViolation
  case checkViolation(String)
  case notNullViolation(String)
  /// A mistake of ours: wrong SQL, a column of another type.
  case failed(String)

  // A limit, named.
  /// Too many wait already.
  case overloaded(waiting: Int)
  /// The statement or the read took longer than it may.
  case timeLimitExceeded
  case tooManyRows(limit: Int)
  case valueTooLarge

  // The store. Nothing of the transaction happened, except after `outcomeUnknown`.
  /// The commit failed where it cannot be told whether the changes will be there.
  case outcomeUnknown(String)
  /// The store recovers from a failure, or ends.
  case unavailable(String)
  case ioFailed(String)
  case diskFull
  case damaged(String)
  case closed

  // Opening.
  /// Another process has the store.
  case inUse(path: String, by: String)
  /// The file is a database, but not one of Cabildo's.
  case foreignStore(path: String)
  case newerStore(found: Int, known: Int)
  case migrationChanged(String)
  case migrationsPending([String])
  case migrationFailed(String, why: String)
  case migrationsMisnumbered(String)
}

extension StorageError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .uniqueViolation(let columns): "\(columns) must be unique"
    case .foreignKeyViolation: "a row refers to one that does not exist"
    case .checkViolation(let name): "the check \(name) failed"
    case .notNullViolation(let column): "\(column) may not be NULL"
    case .failed(let why): why
    case .overloaded(let waiting): "the store is overloaded: \(waiting) wait already"
    case .timeLimitExceeded: "the statement took longer than it may"
    case .tooManyRows(let limit): "the answer has more than \(limit) rows"
    case .valueTooLarge: "a value or statement is larger than the store takes"
    case .outcomeUnknown(let why):
      "the commit failed (\(why)); whether it will be there is not known"
    case .unavailable(let why): "the store is not available: \(why)"
    case .ioFailed(let why): "the disk failed: \(why)"
    case .diskFull: "the disk is full"
    case .damaged(let why): "the store is damaged: \(why)"
    case .closed: "the store is closed"
    case .inUse(let path, let owner): "\(path) is in use by \(owner)"
    case .foreignStore(let path): "\(path) is not a store of Cabildo"
    case .newerStore(let found, let known):
      "the store is at version \(found), this program knows \(known): run a newer program"
    case .migrationChanged(let name): "migration \(name) was changed after it had been applied"
    case .migrationsPending(let names):
      "the store is older than this program: \(names.joined(separator: ", ")) not applied"
    case .migrationFailed(let name, let why): "migration \(name) failed and was undone: \(why)"
    case .migrationsMisnumbered(let why): why
    }
  }
}
