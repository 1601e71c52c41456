import Foundation
import Peers
import Protobuf
import RPC
import Testing
import WellKnown

/// What a failure looks like: to a person, to a program, to a script.
@Suite(.serialized) struct ErrorTests {
  @Test(
    "The exit code tells the class of the status",
    arguments: [
      (2, 1), (3, 4), (4, 7), (5, 3), (6, 6), (7, 5), (8, 7), (9, 6), (10, 6), (11, 4), (12, 1),
      (13, 1), (14, 7), (15, 1), (16, 5),
    ] as [(Int, Int32)])
  func exitCodes(status: Int, code: Int32) async throws {
    let served = try await ServedCLI()
    let data = #"{"responseStatus": {"code": \#(status), "message": "so says the server"}}"#
    let result = try await served.cli.run([
      "call", "grpc.testing.TestService/UnaryCall", "-d", data,
    ])
    #expect(result.code == code)
    #expect(result.errors.contains(": so says the server\n"), "\(result.errors)")
    #expect(result.output == "")
  }

  @Test("Every exit code that is promised is in the help, with its number")
  func documented() async throws {
    let cli = try CLI()
    let help = try await cli.run(["help", "exit-codes"])
    #expect(help.code == 0)
    for code in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130, 141, 143] {
      #expect(help.output.contains("\(code)"), "\(code)")
    }
  }

  @Test("As JSON a failure is a google.rpc.Status, whole")
  func asJSON() async throws {
    let served = try await ServedCLI()
    let data = #"{"responseStatus": {"code": 9, "message": "nobody ñandú"}}"#
    let result = try await served.cli.run(
      ["call", "grpc.testing.TestService/UnaryCall", "-d", data, "--errors", "json"])
    let status = try GoogleRPC.Status(json: result.errors)
    #expect(status.code == 9)
    #expect(status.message == "nobody ñandú")
    let refused = try await CLI().run(["health", "--errors=json"])
    let unavailable = try GoogleRPC.Status(json: refused.errors)
    #expect(unavailable.code == 14)
    let info = unavailable.details.lazy.compactMap { $0.unpacked(as: GoogleRPC.ErrorInfo.self) }
    #expect(info.first?.reason == "CONNECTION_REFUSED")
    #expect(refused.code == 7)
  }

  @Test(
    "A wrong line is told what is wrong, with 2",
    arguments: [
      (["nothing"], "nothing"), (["call"], "Missing expected argument"),
      (["health", "-o", "xml"], "xml"), (["health", "--timeout", "soon"], "soon"),
      (["health", "--unknown"], "--unknown"), (["health", "--as-of", "yesterday"], "yesterday"),
      (["health", "--server", "a:b"], "no port"),
      (["health", "--token-file", "/no/file"], "/no/file"),
      (["health", "--context", "none"], "no context is called none"),
      (["health", "--ca", "/no/file"], "/no/file"),
      (["call", "a.B/C", "--dry-run"], "--dry-run"), (["call", "a.B/C", "-o", "csv"], "csv"),
      (["members", "update", "x", "--as-of", "2020-01-01"], "--effective-date"),
      (
        ["members", "update", "x", "--source", "a", "--request-id", "b"],
        "does not go with --status, --identifier or --source"
      ),
      (["members", "import"], "give a file"), (["members", "import", "file.txt"], "--format"),
      (["members", "list", "--kind", "village"], "national-association"),
    ])
  func usage(arguments: [String], words: String) async throws {
    let result = try await CLI().run(arguments)
    #expect(result.code == 2)
    #expect(result.errors.contains(words), "\(result.errors)")
    #expect(result.output == "")
    let json = try await CLI().run(arguments + ["--errors", "json"])
    #expect(json.code == 2)
    #expect(try GoogleRPC.Status(json: json.errors).code == 3, "\(json.errors)")
  }

  @Test("What is wrong with one field is told once, and in the words of the command")
  func oneField() async throws {
    let register = try await LiveRegister(demonstration: false)
    let create = ["members", "create", "--kind", "city", "--display-name", "es=A"]
    let one = try await register.cli.run(create + ["--country", "QQ"])
    #expect(
      one.errors
        == "cabildo: invalid argument: --country: \"QQ\" is no country of ISO 3166-1, as ES"
        + " (FIELDS_INVALID)\n")
    let two = try await register.cli.run(create + ["--country", "QQ", "--population=-1"])
    let lines = two.errors.split(separator: "\n")
    #expect(lines.count == 3 && lines[0].hasSuffix("these fields are wrong (FIELDS_INVALID)"))
    #expect(lines.last?.hasPrefix("  --population: -1 is no number") == true, "\(lines)")
    let json = try await register.cli.run(create + ["--country", "QQ", "--errors", "json"])
    #expect(json.errors.contains("\"field\":\"member.country_code\""), "programs know fields")
  }

  @Test("A call that takes too long ends with 7, and says how to wait longer")
  func timeout() async throws {
    let served = try await ServedCLI()
    let data = #"{"responseParameters": [{"size": 1, "intervalUs": 5000000}]}"#
    let start = ContinuousClock.now
    let result = try await served.cli.run(
      ["call", "grpc.testing.TestService/StreamingOutputCall", "-d", data, "--timeout", "200ms"])
    #expect(result.code == 7)
    #expect(result.errors.contains("deadline exceeded"), "\(result.errors)")
    #expect(result.errors.contains("--timeout"))
    #expect(ContinuousClock.now - start < .seconds(4) * Slack.factor)
  }

  @Test(
    "Ctrl-C cancels the call and ends with 130, SIGTERM with 143", arguments: [SIGINT, SIGTERM])
  func interrupted(signal: Int32) async throws {
    let served = try await ServedCLI()
    let data = #"{"responseParameters": [{"size": 1}, {"size": 1, "intervalUs": 60000000}]}"#
    let run = try served.cli.start(
      [
        "call", "grpc.testing.TestService/StreamingOutputCall", "-d", data, "-o", "jsonl",
        "--show-rpc",
      ])
    while run.output.isEmpty, run.process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
    let start = ContinuousClock.now
    kill(run.process.processIdentifier, signal)
    run.process.waitUntilExit()
    #expect(run.process.terminationStatus == 128 + signal)
    #expect(ContinuousClock.now - start < .seconds(3) * Slack.factor)
    #expect(run.errors.contains("CANCELLED"), "\(run.errors)")
  }

  @Test("Ctrl-C is not kept waiting by silent standard input")
  func interruptedReading() async throws {
    let served = try await ServedCLI()
    let silence = Pipe()
    let process = Process.held()
    process.executableURL = CLI.program
    process.arguments = ["call", "grpc.testing.TestService/StreamingInputCall", "-d", "@-"]
    process.environment = served.cli.environment
    process.standardInput = silence
    process.standardError = FileHandle.nullDevice
    try process.run()
    try await Task.sleep(for: .milliseconds(500))
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
  }

  @Test("A reader that leaves ends the program in silence")
  func brokenPipe() async throws {
    let served = try await ServedCLI()
    let many = (0..<5_000).map { _ in #"{"size": 100}"# }.joined(separator: ",")
    let data = try served.cli.file("many", #"{"responseParameters": [\#(many)]}"#)
    let result = try await served.cli.run(
      URL(filePath: "/bin/bash"),
      [
        "-c",
        "\(CLI.program.path) call grpc.testing.TestService/StreamingOutputCall -o jsonl -d @\(data)"
          + " | head -n 1; echo ${PIPESTATUS[0]}",
      ], input: nil, within: .seconds(30))
    #expect(result.output.split(separator: "\n").last == "141")
    #expect(result.errors == "")
  }

  @Test("--show-rpc tells the call and not the token")
  func showsCalls() async throws {
    let served = try await ServedCLI()
    let token = try served.cli.file("token", "very.secret.token\n")
    let result = try await served.cli.run(
      ["health", "--show-rpc", "--token-file", token, "--request-id", "my-name", "--lang", "fr"])
    #expect(result.code == 0)
    #expect(result.errors.contains("> /grpc.health.v1.Health/List to 127.0.0.1:"))
    #expect(result.errors.contains("authorization: (not shown)"))
    #expect(result.errors.contains("x-request-id: my-name"))
    #expect(result.errors.contains("accept-language: fr"))
    #expect(result.errors.contains(#/< OK in \d+\.\d ms, 1 message/#))
    #expect(!result.errors.contains("secret"))
  }

  @Test("TLS: trusted by --ca, refused without")
  func tls() async throws {
    let served = try await ServedCLI(["--use_tls=true"])
    let port = served.cli.environment["CABILDO_SERVER"]!.split(separator: ":")[1]
    let authority = Repository.certificates.appending(path: "ca.pem").path
    let trusted = try await served.cli.run(
      ["health", "--server", "localhost:\(port)", "--ca", authority])
    #expect(trusted.code == 0, "\(trusted.errors)")
    let untrusted = try await served.cli.run(["health", "--server", "localhost:\(port)", "--tls"])
    #expect(untrusted.code == 7)
    #expect(untrusted.errors.contains("TLS_CERTIFICATE_UNTRUSTED"), "\(untrusted.errors)")
  }
}
