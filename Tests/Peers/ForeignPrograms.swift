package import Foundation

extension Repository {
  /// The Python that foreign peers run in: `CABILDO_PYTHON`, else what `compose/test` made.
  package static var python: URL {
    if let path = ProcessInfo.processInfo.environment["CABILDO_PYTHON"] {
      return URL(filePath: path)
    }
    return root.appending(path: ".build/venv/bin/python")
  }

  /// A program that came with a Python package.
  package static func pythonProgram(_ name: String) -> URL {
    python.deletingLastPathComponent().appending(path: name)
  }

  package static func script(_ name: String) -> String {
    root.appending(path: "Tests/Interop/\(name)").path
  }

  /// The folder of the tests' keys and certificates, made when it is first asked for.
  package static let certificates: URL = {
    let folder = root.appending(path: ".build/tls")
    let process = Process.held()
    process.executableURL = URL(filePath: script("certificates"))
    process.arguments = [folder.path]
    guard (try? process.run()) != nil else { preconditionFailure("no certificates can be made") }
    process.waitUntilExit()
    return folder
  }()
}

extension Program {
  /// Runs a program to its end and returns its exit code and what it printed.
  package static func run(
    _ executable: URL, _ arguments: [String], environment: [String: String] = [:],
    within patience: Duration = .seconds(60)
  ) async throws -> (exitCode: Int32?, output: String) {
    let program = try Program(executable, arguments, environment: environment)
    let code = try await program.exitCode(within: patience)
    return (code, await program.allPrinted())
  }

  /// The interop server of ours or a foreign one, and the port it listens on.
  package static func interopServer(_ side: Side, _ flags: [String] = []) async throws
    -> (program: Program, port: UInt16)
  {
    let common = ["--port=0", "--tls_folder=\(Repository.certificates.path)"] + flags
    let program =
      switch side {
      case .ours: try Program(Repository.executable("interop-server"), common)
      case .grpcio:
        try Program(Repository.python, [Repository.script("interop_server.py")] + common)
      }
    let address = try await program.line(after: "listening on ")
    guard let port = address.split(separator: ":").last.flatMap({ UInt16($0) }) else {
      throw Failure.saidNothing(name: program.name, output: address)
    }
    return (program, port)
  }

  /// Runs an interop client against a port of this machine; `flags` name the case.
  package static func interopClient(_ side: Side, port: UInt16, _ flags: [String]) async throws
    -> (exitCode: Int32?, output: String)
  {
    let authority = "--ca_file=\(Repository.certificates.appending(path: "ca.pem").path)"
    let common = ["--server_port=\(port)", authority] + flags
    return switch side {
    case .ours: try await run(Repository.executable("interop-client"), common)
    case .grpcio:
      try await run(Repository.python, [Repository.script("interop_client.py")] + common)
    }
  }

  /// Whose implementation of the interop programs.
  package enum Side: String, Sendable, CaseIterable { case ours, grpcio }
}
