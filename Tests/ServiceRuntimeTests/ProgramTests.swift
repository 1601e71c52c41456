import Foundation
import Peers
import Testing

@testable import ServiceRuntime

/// The program from outside: its command line, its first line, its last code.
@Suite struct ProgramTests {
  private func run(_ arguments: [String], environment: [String: String] = [:]) async throws
    -> (code: Int32?, output: String)
  {
    let program = try Program(LiveService.executable, arguments, environment: environment)
    return (try await program.exitCode(within: .seconds(20)), await program.allPrinted())
  }

  @Test("It says its version and that nothing is known of its commit")
  func version() async throws {
    let (code, output) = try await run(["--version"])
    #expect(code == 0)
    #expect(output.contains(#/^cabildo-test 0\.1\.0 \(commit ([0-9a-f]+(-dirty)?|unknown)\)\n$/#))
  }

  @Test("The commit is believed of programs that are not newer than the file that says it")
  func commit() throws {
    let folder = try TemporaryFolder()
    let program = URL(filePath: try folder.write("", to: "program"))
    #expect(Build.commit(of: program) == "unknown")
    let file = try folder.write("0123abc-dirty\n", to: "CABILDO_COMMIT")
    func date(_ path: String, _ offset: TimeInterval) throws {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_764_000_000 + offset)],
        ofItemAtPath: path)
    }
    try date(program.path, 0)
    try date(file, 1)
    #expect(Build.commit(of: program) == "0123abc-dirty")
    try date(program.path, 2)
    #expect(Build.commit(of: program) == "unknown")
    try folder.write("$(rm -rf /)\n", to: "CABILDO_COMMIT")
    try date(file, 3)
    #expect(Build.commit(of: program) == "unknown")
  }

  @Test("Its help names every setting with its variable, and every command")
  func help() async throws {
    let (code, output) = try await run(["--help"])
    #expect(code == 0)
    let wanted = [
      "--listen ADDRESS", "[CABILDO_TEST_LISTEN]", "--drain-timeout DURATION", "Default 30s.",
      "--password-file FILE", "CABILDO_TEST_PASSWORD or CABILDO_TEST_PASSWORD_FILE",
      "healthcheck", "migrate status", "--config FILE", "[CABILDO_TEST_CONFIG]", "--print-config",
    ]
    for words in wanted { #expect(output.contains(words), "\(words) is not in the help") }
  }

  @Test("Wrong settings end it with code 2 and one line, before it does anything")
  func wrongSettings() async throws {
    let folder = try TemporaryFolder()
    let data = folder.path("data")
    for (arguments, environment, line) in [
      (["--lisen=a:1"], [:], "there is no setting --lisen; did you mean --listen?"),
      ([], ["CABILDO_TEST_LOOPS": "0"], "CABILDO_TEST_LOOPS: \"0\" is not between 1 and 256"),
      (["--token-keys-file=/nowhere"], [:], "token-keys-file: cannot read the keys in /nowhere"),
      (
        ["--tls-key-file=/nowhere"], [:],
        "TLS wants --tls-certificate-file and --tls-key-file, both"
      ),
    ] as [([String], [String: String], String)] {
      let (code, output) = try await run(
        ["--data-dir", data] + arguments, environment: environment)
      #expect(code == 2)
      #expect(output == "cabildo-test: \(line)\n")
    }
    let (code, output) = try await run(
      ["--data-dir", data, "--tls-key-file=/nowhere", "--tls-certificate-file=/nowhere"])
    #expect(code == 2)
    #expect(output.hasPrefix("cabildo-test: no TLS with /nowhere and /nowhere: "))
    #expect(!FileManager.default.fileExists(atPath: data))
  }

  @Test("What came out of all sources is printed, where from, and no secret")
  func printConfig() async throws {
    let folder = try TemporaryFolder()
    let conf = try folder.write("drain-timeout = 5s\n", to: "conf")
    let (code, output) = try await run(
      ["--print-config", "--config", conf, "--loops=3"],
      environment: ["CABILDO_TEST_LOG_LEVEL": "debug", "CABILDO_TEST_PASSWORD": "hunter2"])
    #expect(code == 0)
    #expect(output.contains(#/(?m)^loops = 3 +# flag$/#))
    #expect(output.contains(#/(?m)^log-level = debug +# environment CABILDO_TEST_LOG_LEVEL$/#))
    #expect(output.contains("drain-timeout = 5s"))
    #expect(output.contains("# file \(conf):1\n"))
    #expect(output.contains(#/(?m)^# password = \*{8} +# environment CABILDO_TEST_PASSWORD$/#))
    #expect(!output.contains("hunter2"))
  }

  @Test("One line of JSON at the start says where it listens and what it is")
  func startLine() async throws {
    let folder = try TemporaryFolder()
    let socket = folder.path("socket")
    let service = try await LiveService(["--listen", "unix:\(socket)"], in: folder)
    #expect(service.started["service"] as? String == "test")
    #expect(service.started["version"] as? String == "0.1.0")
    #expect(service.started["commit"] is String)
    #expect(service.started["pid"] as? Int == Int(service.program.processID))
    #expect(service.started["tls"] as? Bool == false)
    #expect(service.started["store"] as? String == "\(folder.path("data"))/test.sqlite")
    #expect(service.addresses.count == 2)
    #expect(service.addresses.last == "unix:\(socket)")
    #expect(try await service.page("/healthz").status == 200)
    let answer = try await service.withChannel { try await $0.call("Echo", "hello") }
    #expect(answer == "hello")
    #expect(try await service.end() == 0)
  }

  @Test("An address that cannot be had is named, with what to do, and the code is 1")
  func portInUse() async throws {
    let service = try await LiveService()
    let folder = try TemporaryFolder()
    let data = ["--data-dir", folder.path("data")]
    let address = "127.0.0.1:\(try service.port)"
    let (code, output) = try await run(["--listen", address] + data)
    #expect(code == 1)
    let line = output.split(separator: "\n").last { $0.hasPrefix("cabildo-test: ") }
    #expect(
      line.map(String.init)
        == "cabildo-test: cannot listen on \(address): another process does; stop what listens "
        + "there, or choose another address with --listen")
    let other = try await run(["--listen", "192.0.2.1:1"] + data)
    #expect(other.code == 1)
    #expect(other.output.contains("192.0.2.1:1: no address of this machine; choose an address"))
    let nameless = try await run(["--listen", "nowhere.invalid:1"] + data)
    #expect(nameless.code == 1)
    #expect(nameless.output.contains("cannot listen on nowhere.invalid:1: "))
    #expect(try await service.end() == 0)
  }

  @Test("healthcheck asks the server of the same settings")
  func healthcheck() async throws {
    let service = try await LiveService()
    let address = "127.0.0.1:\(try service.port)"
    let well = try await run(["healthcheck", "--listen", address])
    #expect(well.code == 0)
    #expect(well.output == "\(address) says SERVING\n")
    #expect(try await service.end() == 0)
    let gone = try await run(["healthcheck", "--listen", address])
    #expect(gone.code == 1)
    #expect(gone.output.contains("nothing listens there"))
  }

  @Test("healthcheck speaks TLS as the server's settings say, and trusts whom it is told to")
  func secureHealthcheck() async throws {
    func file(_ name: String) -> String { Repository.certificates.appending(path: name).path }
    let identity = [
      "--tls-certificate-file", file("server.pem"), "--tls-key-file", file("server.key"),
    ]
    let authority = ["--healthcheck-ca-file", file("ca.pem")]
    for mutual in [[], ["--tls-client-ca-file", file("ca.pem")]] {
      let service = try await LiveService(identity + mutual)
      let address = "127.0.0.1:\(try service.port)"
      func check(_ flags: [String]) async throws -> (code: Int32?, output: String) {
        try await run(["healthcheck", "--listen", address] + flags)
      }
      let well = try await check(identity + mutual + authority)
      #expect(well.code == 0)
      #expect(well.output == "\(address) says SERVING\n")
      for (flags, why) in [
        (identity + mutual, "certificate"),
        (identity + mutual + authority + ["--healthcheck-name=elsewhere.example"], "certificate"),
        // Without the server's certificate it would speak plaintext.
        ([], "UNAVAILABLE"),
      ] {
        let refused = try await check(flags)
        #expect(refused.code == 1, "\(flags)")
        #expect(refused.output.contains(why), "\(flags): \(refused.output)")
      }
      #expect(try await service.end() == 0)
    }
  }

  @Test("The store is migrated by command or at the start, and a newer one is refused")
  func migrate() async throws {
    let folder = try TemporaryFolder()
    let data = ["--data-dir", folder.path("data")]
    let path = folder.path("data/test.sqlite")
    let nothing = try await run(["migrate", "status"] + data)
    #expect(nothing.output == "\(path)\npending  1 notes\npending  2 authors\n")
    let old = try await run(["migrate", "up", "--versions=1"] + data)
    #expect(old.output == "applied  1 notes\nthe store is at version 1\n")
    let plan = try await run(["migrate", "plan"] + data)
    #expect(plan.output == "-- v002_authors\nALTER TABLE note ADD COLUMN author TEXT;\n")

    let refused = try await run(["--migrate-at-start=false", "--listen", "127.0.0.1:0"] + data)
    #expect(refused.code == 1)
    #expect(
      refused.output.contains("v002_authors not applied; run cabildo-test migrate up\n"))
    let service = try await LiveService(in: folder)
    let busy = try await run(["migrate", "up"] + data)
    #expect(busy.code == 1)
    #expect(busy.output.contains("stop it, or choose another folder with --data-dir"))
    #expect(try await service.end() == 0)

    let status = try await run(["migrate", "status"] + data).output
    #expect(status.contains(#/applied  2 authors  20\d\d-/#))
    #expect(try await run(["migrate", "plan"] + data).output == "nothing to apply\n")
    let older = try await run(["--versions=1", "--listen", "127.0.0.1:0"] + data)
    #expect(older.code == 1)
    #expect(older.output.contains("the store is at version 2, this program knows 1"))
    let word = try await run(["migrate", "down"] + data)
    #expect(word.code == 2)
    #expect(word.output == "cabildo-test: migrate takes one of status, plan, up\n")
  }
}
