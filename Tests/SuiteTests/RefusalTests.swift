import Foundation
import Peers
import Testing

/// What `up` and `test` say to a machine that lacks something. Then nothing is installed, built,
/// made or started.
@Suite struct RefusalTests {
  struct Lack: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var asRoot = false
    var script = "up"
    var flags: [String] = []
    /// What `swift --version` answers; nil where there is no Swift.
    var swift: String? = "Swift version 6.3.1 (swift-6.3.1-RELEASE)"
    var packages: [String] = []
    let says: [String]
    /// What is asked of `apt-get`.
    var installs: String?
  }

  static let lacks = [
    Lack(
      testDescription: "packages, a normal user", packages: ["libnghttp2-dev", "zlib1g-dev"],
      says: [
        "only root may install them", "\n    sudo apt-get install -y libnghttp2-dev zlib1g-dev\n",
      ]),
    Lack(
      testDescription: "a package of the tests, a normal user", script: "test",
      packages: ["python3-venv"], says: ["\n    sudo apt-get install -y python3-venv\n"]),
    Lack(
      testDescription: "Swift and a package, a normal user", swift: nil,
      packages: ["libsqlite3-dev"],
      says: ["Swift 6.3 or later is needed and was not found", "install -y libsqlite3-dev\n"]),
    Lack(
      testDescription: "Swift, to test", script: "test", swift: nil,
      says: ["Swift 6.3 or later is needed and was not found"]),
    Lack(
      testDescription: "a newer Swift", swift: "Swift version 6.2.4 (swift-6.2.4-RELEASE)",
      says: ["Swift 6.3 or later is needed; this is 6.2."]),
    Lack(
      testDescription: "Swift and a package, root", asRoot: true, swift: nil,
      packages: ["libsqlite3-dev"], says: ["Swift 6.3 or later is needed and was not found"]),
    Lack(
      testDescription: "a package that cannot be installed, root", asRoot: true,
      packages: ["libsqlite3-dev"], says: ["Swift and Debian packages: failed with 100"],
      installs: "update -q\ninstall -y -q --no-install-recommends libsqlite3-dev\n"),
    Lack(
      testDescription: "a folder to write to", flags: ["--data", "/proc/data"],
      says: ["/proc/data cannot be written to", "--data DIR"]),
  ]

  @Test("What is missing is named, with what to do", arguments: lacks)
  func lack(_ lack: Lack) async throws {
    guard geteuid() == 0 || !lack.asRoot else { return }
    let machine = try Machine(lack)
    let (code, output) = try await machine.run(lack.script, lack.flags, asRoot: lack.asRoot)
    #expect(code != 0)
    for words in lack.says { #expect(output.contains(words), "\(output)") }
    #expect(machine.done == lack.installs.map { ["apt-get": $0] } ?? [:])
    #expect(!machine.hasData)
  }

  @Test("A port that is taken is named before anything is built, with what to set")
  func port() async throws {
    let listener = try Program(Repository.python, ["-u", "-c", Self.listening])
    let address = "127.0.0.1:\(try await listener.line(after: "port "))"
    let machine = try Machine()
    let (code, output) = try await machine.run(
      "up", [], environment: ["CABILDO_MEMBERSHIP_LISTEN": address])
    #expect(code == 1)
    #expect(output.contains("\(address), where membership is to listen, is taken"))
    #expect(output.contains("CABILDO_MEMBERSHIP_LISTEN=127.0.0.1:PORT"))
    #expect(machine.done.isEmpty && !machine.hasData)
  }

  private static let listening = """
    import socket, time
    s = socket.create_server(("127.0.0.1", 0))
    print("port", s.getsockname()[1])
    time.sleep(60)
    """

  @Test("A disk with too little room is said before anything is made on it")
  func room() async throws {
    let disk = try SmallDisk(megabytes: 4)
    let machine = try Machine()
    let (code, output) = try await machine.run("up", ["--data", disk.path], on: disk)
    #expect(code == 1)
    #expect(output.contains("\(disk.path) has room for 4 MB; 200 MB are needed."))
    #expect(machine.done.isEmpty)
  }
}

/// A clone's scripts on a machine whose programs answer as a test wants it, and note what they were
/// asked to do.
private struct Machine {
  private let folder: TemporaryFolder
  private var bin: URL { folder.url.appending(path: "bin") }
  private var clone: URL { folder.url.appending(path: "clone") }

  init(_ lack: RefusalTests.Lack = .init(testDescription: "nothing", says: [])) throws {
    folder = try TemporaryFolder()
    let files = FileManager.default
    try files.createDirectory(at: bin, withIntermediateDirectories: true)
    for service in ["Membership", "Gateway"] {
      let sources = clone.appending(path: "Services/\(service)")
      try files.createDirectory(at: sources, withIntermediateDirectories: true)
      try Data().write(to: sources.appending(path: "main.swift"))
    }
    try files.copyItem(
      at: Repository.root.appending(path: "compose"), to: clone.appending(path: "compose"))
    let tests = clone.appending(path: "Tests/SomeTests")
    try files.createDirectory(at: tests, withIntermediateDirectories: true)
    try Data("@Suite struct SomeTests {}".utf8).write(to: tests.appending(path: "SomeTests.swift"))
    let version = lack.swift.map { "echo '\($0)'" } ?? "exit 127"
    try program("swift", "[ \"$1\" != --version ] || { \(version); exit; }", noting: true)
    try program("apt-get", "", noting: true, code: 100, of: "install")
    let lacking = lack.packages.joined(separator: " ")
    try program(
      "dpkg-query", "case ' \(lacking) ' in *\" $4 \"*) exit 1 ;; esac; echo install ok installed")
    for path in [folder.url, clone, bin] {
      try files.setAttributes([.posixPermissions: 0o777], ofItemAtPath: path.path)
    }
  }

  /// A program of the machine; `code` is how it ends when its first word is `word`.
  private func program(
    _ name: String, _ body: String, noting: Bool = false, code: Int = 0, of word: String = ""
  ) throws {
    let note = noting ? "echo \"$@\" >>\"$0.done\"" : ""
    let end = "[ \"$1\" != '\(word)' ] || exit \(code)"
    let path = bin.appending(path: name).path
    try Data("#!/bin/sh\n\(body)\n\(note)\n\(end)\n".utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  /// Runs a script as a normal user, unless told otherwise.
  func run(
    _ script: String, _ flags: [String], asRoot: Bool = false, on disk: SmallDisk? = nil,
    environment: [String: String] = [:]
  ) async throws -> (exitCode: Int32?, output: String) {
    var command = [clone.appending(path: "compose/\(script)").path] + flags
    if geteuid() == 0, !asRoot, disk == nil {
      command = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + command
    }
    var program = (program: URL(filePath: command[0]), arguments: Array(command.dropFirst()))
    if let disk { program = disk.command(program.program, program.arguments) }
    var around = ["PATH": "\(bin.path):/usr/bin:/bin"]
    for name in ["MEMBERSHIP", "GATEWAY"] {
      around["CABILDO_\(name)_LISTEN"] = "127.0.0.1:\(freePort())"
    }
    return try await Program.run(
      program.program, program.arguments, environment: around.merging(environment) { $1 })
  }

  /// What the machine's programs were asked to do that changes it.
  var done: [String: String] {
    ["apt-get", "swift"].reduce(into: [:]) { done, name in
      done[name] = try? String(contentsOf: bin.appending(path: "\(name).done"), encoding: .utf8)
    }
  }

  var hasData: Bool {
    FileManager.default.fileExists(atPath: clone.appending(path: ".data").path)
  }
}
