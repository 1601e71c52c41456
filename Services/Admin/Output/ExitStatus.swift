import RPC

/// How the program ends, for scripts. The numbers are a promise.
enum ExitStatus: Int32, CaseIterable {
  case success = 0
  case other = 1
  case usage = 2
  case notFound = 3
  case invalid = 4
  case permission = 5
  case conflict = 6
  case unavailable = 7
  case partial = 8
  case declined = 9
  case interrupted = 130

  /// The reader of what is printed left: the code that a shell gives SIGPIPE.
  static let brokenPipe: Int32 = 141

  init(_ code: StatusCode) {
    self =
      switch code {
      case .notFound: .notFound
      case .invalidArgument, .outOfRange: .invalid
      case .permissionDenied, .unauthenticated: .permission
      case .alreadyExists, .failedPrecondition, .aborted: .conflict
      case .unavailable, .deadlineExceeded, .resourceExhausted: .unavailable
      case .cancelled, .unknown, .unimplemented, .internal, .dataLoss: .other
      }
  }

  var meaning: String {
    switch self {
    case .success: "done"
    case .other: "any other failure: INTERNAL, UNKNOWN, UNIMPLEMENTED, DATA_LOSS, a bug"
    case .usage: "the command line is wrong, or a file or setting that it names"
    case .notFound: "what was named is not there: NOT_FOUND"
    case .invalid: "the data are wrong: INVALID_ARGUMENT, OUT_OF_RANGE, a bad row of a file"
    case .permission: "no token, a bad one, or one that may not: UNAUTHENTICATED, PERMISSION_DENIED"
    case .conflict:
      "the state forbids it: ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED (a stale etag)"
    case .unavailable:
      "try again later: UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED"
    case .partial: "an import left rows out, or has rows that keep it from being applied"
    case .declined: "a change that can do harm was not confirmed"
    case .interrupted: "ended by Ctrl-C; by SIGTERM it is 143, by a reader that left 141"
    }
  }
}
