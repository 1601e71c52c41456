import Auth
import Foundation
import Peers
import RPC
import RPCClient
import Sockets
import Synchronization
import Testing

/// The end of a program and its second reading of files, by real signals.
@Suite struct SignalTests {
  /// What one client's calls came to.
  private struct Load: Sendable {
    var answered = 0
    var noted = 0
    var wrong: [RPCError] = []
  }

  private final class Flag: Sendable {
    private let value = Atomic(false)

    func raise() { value.store(true, ordering: .sequentiallyConsistent) }
    var isRaised: Bool { value.load(ordering: .sequentiallyConsistent) }
  }

  /// Calls one after the other until one fails, which only a server that is going may let happen,
  /// and only to a call that did not reach it.
  private func load(
    _ service: LiveService, _ client: Int, _ isEnding: Flag, _ isUnderWay: Flag
  ) async throws -> Load {
    try await service.withChannel { channel in
      var load = Load()
      for number in 0... {
        let isNote = number % 4 == 0
        let text = isNote ? "noted" : "\(client)-\(number)"
        let error = await failure {
          let answer = try await channel.call(isNote ? "Note" : "Echo", text)
          if answer != text { throw RPCError(.dataLoss, "another call's answer") }
        }
        guard let error else {
          load.answered += 1
          isUnderWay.raise()
          load.noted += isNote ? 1 : 0
          continue
        }
        if !isEnding.isRaised || error.code != .unavailable { load.wrong.append(error) }
        break
      }
      return load
    }
  }

  @Test("SIGTERM under load loses no call, and the code is 0", arguments: [SIGTERM, SIGINT])
  func drain(signal: Int32) async throws {
    let service = try await LiveService(["--drain-timeout=20s"])
    let isEnding = Flag()
    let loads = try await withThrowingTaskGroup(of: Load.self) { group in
      let areUnderWay = (0..<8).map { _ in Flag() }
      for (client, flag) in areUnderWay.enumerated() {
        group.addTask { try await load(service, client, isEnding, flag) }
      }
      let patience = ContinuousClock.now + .seconds(20)
      while !areUnderWay.allSatisfy(\.isRaised), .now < patience {
        try await Task.sleep(for: .milliseconds(50))
      }
      isEnding.raise()
      service.program.send(signal: signal)
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(try await service.program.exitCode(within: .seconds(30)) == 0)
    #expect(loads.flatMap(\.wrong) == [])
    #expect(loads.allSatisfy { $0.answered > 0 })
    _ = await service.program.allPrinted()
    #expect(try service.log().last?["message"] as? String == "stopped")
    // What was answered was done, and what was refused was not.
    let again = try await LiveService(in: service.folder)
    let notes = try await again.withChannel { try await $0.call("Count") }
    #expect(notes == "\(loads.map(\.noted).reduce(0, +))")
    #expect(try await again.end() == 0)
  }

  @Test("Calls that run when SIGTERM comes are finished; health says NOT_SERVING to who watches")
  func openCalls() async throws {
    let service = try await LiveService(["--drain-timeout=20s"])
    try await service.withChannel { channel in
      // Connected: what follows is under way at once.
      _ = try await channel.call("Echo", "there")
      async let waiting = channel.call("Wait", "1500")
      try await Task.sleep(for: .milliseconds(300))
      service.program.send(signal: SIGTERM)
      #expect(try await waiting == "waited")
    }
    #expect(try await service.program.exitCode(within: .seconds(20)) == 0)
    _ = await service.program.allPrinted()
    let stopping = try service.log().first { $0["message"] as? String == "stopping" }
    #expect(stopping?["open_streams"] as? Int == 1)
  }

  @Test("What outlasts the time to drain is cut off, and the end is still a good one")
  func drainTimeout() async throws {
    let service = try await LiveService(["--drain-timeout=300ms"])
    try await service.withChannel { channel in
      _ = try await channel.call("Echo", "there")
      async let cut = failure { _ = try await channel.call("Wait", "60000", timeout: .seconds(90)) }
      try await Task.sleep(for: .milliseconds(300))
      let start = ContinuousClock.now
      service.program.send(signal: SIGTERM)
      #expect(try await service.program.exitCode(within: .seconds(10)) == 0)
      #expect(start.duration(to: .now) < .seconds(5) * Slack.factor)
      #expect(await cut?.code == .unavailable)
    }
  }

  @Test("A second signal ends it at once, as the signal does")
  func secondSignal() async throws {
    let service = try await LiveService(["--drain-timeout=60s"])
    try await service.withChannel { channel in
      _ = try await channel.call("Echo", "there")
      async let lost = failure {
        _ = try await channel.call("Wait", "60000", timeout: .seconds(90))
      }
      try await Task.sleep(for: .milliseconds(300))
      service.program.send(signal: SIGTERM)
      _ = try await service.logLine { $0["message"] as? String == "stopping" }
      let start = ContinuousClock.now
      service.program.send(signal: SIGTERM)
      #expect(try await service.program.exitCode(within: .seconds(10)) == SIGTERM)
      #expect(start.duration(to: .now) < .seconds(2) * Slack.factor)
      #expect(await lost != nil)
    }
  }

  @Test("SIGHUP reads the log level again, and keeps it when the file has become wrong")
  func logLevel() async throws {
    let folder = try TemporaryFolder()
    let conf = try folder.write("log-level = warning\n", to: "conf")
    let service = try await LiveService(["--config", conf], in: folder)
    try await service.withChannel { channel in
      _ = try await channel.call("Log", "1")
      try folder.write("log-level = debug\n", to: "conf")
      service.program.send(signal: SIGHUP)
      let line = try await service.logLine { $0["message"] as? String == "log level read again" }
      #expect(line["log_level"] as? String == "debug")
      #expect(line["source"] as? String == "file \(conf):1")
      _ = try await channel.call("Log", "22")
      _ = try await service.logLine { $0["length"] as? Int == 2 }
      let early = try service.log().filter { $0["length"] as? Int == 1 }
      #expect(early.isEmpty)

      try folder.write("log-level = loud\n", to: "conf")
      service.program.send(signal: SIGHUP)
      let bad = try await service.logLine { $0["level"] as? String == "error" }
      #expect((bad["error"] as? String)?.contains("\"loud\" is none of debug") == true)
      _ = try await channel.call("Log", "333")
      _ = try await service.logLine { $0["length"] as? Int == 3 }
    }
    #expect(try await service.end() == 0)
  }

  @Test("A log level that a flag set outlasts SIGHUP, whatever the file says, and the log says so")
  func logLevelOfFlag() async throws {
    let folder = try TemporaryFolder()
    let conf = try folder.write("log-level = debug\n", to: "conf")
    let service = try await LiveService(["--config", conf, "--log-level=notice"], in: folder)
    service.program.send(signal: SIGHUP)
    let line = try await service.logLine { $0["message"] as? String == "log level read again" }
    #expect(line["log_level"] as? String == "notice")
    #expect(line["source"] as? String == "flag")
    #expect(try await service.end() == 0)
  }

  @Test("SIGHUP reads the keys of tokens again; a bad file changes nothing")
  func tokenKeys() async throws {
    let folder = try TemporaryFolder()
    let (old, new) = (SigningKey.make(), SigningKey.make())
    let path = folder.path("keys.pem")
    try old.verificationKeys.write(to: path)
    let service = try await LiveService(["--token-keys-file", path], in: folder)
    let metadata = [old, new].map { key -> Metadata in
      let token = TokenIssuer(key).token(
        for: Principal(subject: "u-1", roles: [.registrar]), validFor: .seconds(600))
      return ["authorization": "Bearer \(token)"]
    }
    try await service.withChannel { channel in
      #expect(try await channel.call("Register", "", metadata[0]) == "u-1")
      try FileManager.default.removeItem(atPath: path)
      try new.verificationKeys.write(to: path)
      service.program.send(signal: SIGHUP)
      _ = try await service.logLine { $0["message"] as? String == "token keys read again" }
      #expect(try await channel.call("Register", "", metadata[1]) == "u-1")
      // A token that was known is not known any more either.
      let error = await failure { _ = try await channel.call("Register", "", metadata[0]) }
      #expect(error?.reason == "TOKEN_KEY_UNKNOWN")

      try folder.write("no keys", to: "keys.pem")
      service.program.send(signal: SIGHUP)
      let bad = try await service.logLine { $0["level"] as? String == "error" }
      #expect(bad["message"] as? String == "token keys not read again: the old stays in use")
      #expect(try await channel.call("Register", "", metadata[1]) == "u-1")
      let metrics = try await service.metrics()
      #expect(metrics.value("cabildo_reloads_total", ["outcome": "taken"]) == 1)
      #expect(metrics.value("cabildo_reloads_total", ["outcome": "refused"]) == 1)
    }
    #expect(try await service.end() == 0)
  }

  @Test("SIGHUP takes a new certificate for new connections; a bad one is said and not taken")
  func certificates() async throws {
    let folder = try TemporaryFolder()
    let made = Repository.certificates
    func copy(_ name: String) throws {
      for ending in ["pem", "key"] {
        let target = folder.url.appending(path: "used.\(ending)")
        try? FileManager.default.removeItem(at: target)
        try FileManager.default.copyItem(at: made.appending(path: "\(name).\(ending)"), to: target)
      }
    }
    try copy("server")
    let service = try await LiveService(
      ["--tls-certificate-file", folder.path("used.pem"), "--tls-key-file"]
        + [folder.path("used.key")], in: folder)
    #expect(service.started["tls"] as? Bool == true)
    func answers(to name: String) async throws -> Bool {
      let tls = try ClientTLS(
        trust: .file(made.appending(path: "ca.pem").path), serverName: name)
      return try await service.withChannel(tls: tls) { channel in
        await failure { _ = try await channel.call("Echo", "a", timeout: .seconds(3)) } == nil
      }
    }
    #expect(try await answers(to: "localhost"))
    #expect(try await !answers(to: "elsewhere.example"))
    try copy("other-name")
    service.program.send(signal: SIGHUP)
    let taken = try await service.logLine { $0["message"] as? String == "certificate read again" }
    #expect((taken["expires"] as? String)?.hasPrefix("20") == true)
    #expect(try await answers(to: "elsewhere.example"))
    #expect(try await !answers(to: "localhost"))
    try folder.write("no key", to: "used.key")
    service.program.send(signal: SIGHUP)
    _ = try await service.logLine {
      $0["message"] as? String == "certificate not read again: the old stays in use"
    }
    #expect(try await answers(to: "elsewhere.example"))
    #expect(try await service.end() == 0)
  }
}
