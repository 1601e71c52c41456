import Foundation
import Peers

/// Runs of `cabildo`, each with a configuration of its own.
struct CLI {
  struct Result: Sendable {
    let code: Int32?
    let output: String
    let errors: String
  }

  /// Where runs keep contexts, tokens and files; it goes with the last copy of this.
  var folder: URL { temporary.url }
  private let temporary: TemporaryFolder
  var environment: [String: String]

  init(server: String = "127.0.0.1:1") throws {
    temporary = try TemporaryFolder()
    environment = [
      "XDG_CONFIG_HOME": temporary.url.path, "CABILDO_SERVER": server, "COLUMNS": "80",
      "TERM": "xterm",
      "CABILDO_TOKEN": "", "CABILDO_TOKEN_FILE": "", "CABILDO_CONTEXT": "", "NO_COLOR": "",
    ]
  }

  static let program = Repository.executable("cabildo")

  func run(
    _ arguments: [String], input: String? = nil, within patience: Duration = .seconds(60)
  ) async throws -> Result {
    try await run(Self.program, arguments, input: input, within: patience)
  }

  /// The same on a terminal of its own, made by script(1): what it shows is the output.
  func runOnTerminal(_ command: String, typing input: String = "") async throws -> Result {
    try await run(
      URL(filePath: "/usr/bin/script"),
      [
        "-qec", "stty cols 80 -echo 2>/dev/null; exec \(Self.program.path) \(command)", "/dev/null",
      ],
      input: input, within: .seconds(60))
  }

  func run(
    _ program: URL, _ arguments: [String], input: String?, within patience: Duration
  ) async throws -> Result {
    let started = try start(arguments, program, input: input)
    let deadline = ContinuousClock.now + patience
    while started.process.isRunning, .now < deadline {
      try await Task.sleep(for: .milliseconds(5))
    }
    guard !started.process.isRunning else {
      kill(started.process.processIdentifier, SIGKILL)
      return Result(code: nil, output: started.output, errors: started.errors)
    }
    return Result(
      code: started.process.terminationStatus, output: started.output, errors: started.errors)
  }

  /// A run that has begun, and what it has printed so far.
  struct Started: Sendable {
    let process: Process
    fileprivate let files: [URL]

    var output: String { text(0) }
    var errors: String { text(1) }

    private func text(_ index: Int) -> String {
      String(
        decoding: FileManager.default.contents(atPath: files[index].path) ?? Data(), as: UTF8.self)
    }
  }

  func start(_ arguments: [String], _ program: URL = program, input: String? = nil) throws
    -> Started
  {
    let process = Process.held()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.currentDirectoryURL = folder
    let name = UUID().uuidString
    let files = ["out", "err", "in"].map { folder.appending(path: "\(name).\($0)") }
    for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    if let input {
      try Data(input.utf8).write(to: files[2])
      process.standardInput = try FileHandle(forReadingFrom: files[2])
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    return Started(process: process, files: files)
  }

  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let file = folder.appending(path: name)
    try Data(bytes).write(to: file)
    return file.path
  }

  func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }
}

/// A folder that is there for as long as the object.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "cabildo-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}

/// The interop server of ours and a command line that is set to it.
struct ServedCLI {
  let server: Program
  let cli: CLI

  init(_ flags: [String] = []) async throws {
    let (server, port) = try await Program.interopServer(.ours, flags)
    self.server = server
    cli = try CLI(server: "127.0.0.1:\(port)")
  }
}
