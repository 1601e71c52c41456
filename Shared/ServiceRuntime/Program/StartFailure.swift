internal import RPCServer
internal import Storage

/// Why a program could not start, in one line that says what to do.
enum StartFailure {
  static func line(_ error: any Error, program: ServiceProgram) -> String {
    let text =
      switch error {
      case let error as ListenError: "\(error)\(advice(error))"
      case let error as StorageError: "cannot open the store: \(error)\(advice(error, program))"
      default: "\(error)"
      }
    return text.split { $0.isNewline }.joined(separator: " ")
  }

  private static func advice(_ error: ListenError) -> String {
    switch error {
    case .addressInUse, .unixSocketInUse:
      "; stop what listens there, or choose another address with --listen"
    case .notPermitted: "; ports below 1024 belong to root: choose another with --listen"
    case .notLocal: "; choose an address of this machine with --listen"
    case .failed: ""
    }
  }

  private static func advice(_ error: StorageError, _ program: ServiceProgram) -> String {
    switch error {
    case .inUse: "; stop it, or choose another folder with --data-dir"
    case .migrationsPending: "; run \(program.executable) migrate up"
    default: ""
    }
  }
}
