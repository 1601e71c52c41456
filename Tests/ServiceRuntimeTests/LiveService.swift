import Foundation
import Peers
import RPC
import RPCClient
import Sockets

/// The test service as a process of its own, on a port and a folder of its own.
struct LiveService: Sendable {
  let program: Program
  let folder: TemporaryFolder
  let started: LogLine

  static let executable = Repository.executable("runtime-service")
  private static let mark = "{\"event\":\"started\""

  init(
    _ flags: [String] = [], environment: [String: String] = [:],
    in folder: TemporaryFolder? = nil, listen: String = "127.0.0.1:0"
  ) async throws {
    self.folder = try folder ?? TemporaryFolder()
    program = try Program(
      Self.executable, ["--listen", listen, "--data-dir", self.folder.path("data")] + flags,
      environment: environment)
    started = try LogLine(Self.mark + (try await program.line(after: Self.mark)))
  }

  /// With its store on a disk of its own.
  init(on disk: SmallDisk) async throws {
    folder = try TemporaryFolder()
    let (executable, arguments) = disk.command(
      Self.executable, ["--listen", "127.0.0.1:0", "--data-dir", disk.path])
    program = try Program(executable, arguments)
    started = try LogLine(Self.mark + (try await program.line(after: Self.mark)))
  }

  var addresses: [String] { started["addresses"] as? [String] ?? [] }

  var port: Int {
    get throws {
      guard let text = addresses.first?.split(separator: ":").last, let port = Int(text) else {
        throw Failure(what: "no port in \(started.text)")
      }
      return port
    }
  }

  /// What `curl` sees of a page.
  func page(_ path: String, _ flags: [String] = []) async throws -> (status: Int, body: String) {
    let (_, output) = try await Program.run(
      URL(filePath: "/usr/bin/curl"),
      ["-sS", "--max-time", "10", "-w", "\n%{http_code}", "http://127.0.0.1:\(try port)\(path)"]
        + flags)
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
    return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
  }

  func metrics() async throws -> MetricsPage { try MetricsPage(try await page("/metrics").body) }

  /// The log so far: what was printed after the first line, as objects.
  func log() throws -> [LogLine] {
    try program.printed.split(separator: "\n").map { try LogLine(String($0)) }
      .filter { $0["event"] == nil }
  }

  /// Waits for a line of the log.
  func logLine(where matches: (LogLine) -> Bool) async throws -> LogLine {
    let deadline = ContinuousClock.now + .seconds(10)
    while .now < deadline {
      let whole = program.printed.hasSuffix("\n")
      if whole, let line = try log().first(where: matches) { return line }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw Failure(what: "not logged: \(program.printed)")
  }

  struct Failure: Error {
    let what: String
  }

  /// A channel to it for the time of a body.
  func withChannel<Result: Sendable>(
    tls: ClientTLS? = nil, _ body: (RPCChannel) async throws -> Result
  ) async throws -> Result {
    let loops = LoopGroup(threads: 1)
    var configuration = ChannelConfiguration()
    configuration.tls = tls
    let channel = RPCChannel(
      target: try Target("static:localhost:\(try port)"), configuration: configuration,
      eventLoopGroup: loops.dialing)
    do {
      let result = try await body(channel)
      await channel.shutdown(grace: .seconds(1))
      try await loops.shutDown()
      return result
    } catch {
      await channel.shutdown(grace: .zero)
      try await loops.shutDown()
      throw error
    }
  }

  /// Ends it and returns its exit code.
  func end() async throws -> Int32? {
    program.send(signal: SIGTERM)
    return try await program.exitCode(within: .seconds(20))
  }
}

extension RPCChannel {
  /// Calls a method of the test service with a text and returns its answer.
  func call(
    _ method: String, _ text: String = "", _ metadata: Metadata = [:],
    timeout: Duration = .seconds(20)
  ) async throws -> String {
    let answer = try await open(
      ClientRequest(
        MethodName(service: "test.Test", method: method), .unary,
        CallOptions(timeout: timeout, metadata: metadata),
        soleMessage: MessageFrame(payload: Array(text.utf8)))
    ).soleMessage()
    return String(decoding: answer, as: UTF8.self)
  }
}

/// The status of what `body` throws; nil when it throws nothing.
func failure(_ body: () async throws -> Void) async -> RPCError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? RPCError ?? RPCError(error)
  }
}

/// Waits, up to a point, for what another process does.
func eventually(
  _ what: String, within patience: Duration = .seconds(20), _ isSo: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + patience
  while .now < deadline {
    if try await isSo() { return }
    try await Task.sleep(for: .milliseconds(50))
  }
  throw LiveService.Failure(what: "not so in time: \(what)")
}

/// A line of the log, by the names of its fields. Not made of what is no object in JSON.
struct LogLine: Sendable {
  let text: String

  init(_ text: String) throws {
    self.text = text
    guard fields != nil else { throw LiveService.Failure(what: "no object: \(text)") }
  }

  subscript(_ name: String) -> Any? { fields?[name] }

  private var fields: [String: Any]? {
    (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
  }
}
