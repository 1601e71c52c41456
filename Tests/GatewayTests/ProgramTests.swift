import Foundation
import Messages
import Peers
import RPC
import RPCClient
import TestMessages
import Testing
import WellKnown

/// The gateway as a program: services that die and come back, callers that do not read, its end.
@Suite(.serialized) struct ProgramTests {
  private typealias Output = GrpcTesting.StreamingOutputCallRequest

  @Test("A service killed in mid-stream is named to the caller, and serves again when it is back")
  func killedAndRestarted() async throws {
    let first = try await Program.interopServer(.ours)
    let gateway = try await GatewayProgram.start(routes: ["grpc.testing.": first.port])
    try await withTestService(at: gateway.port) { client in
      let call = try await client.fullDuplexCall(CallOptions(timeout: .seconds(20)))
      try await call.send(Output(responseParameters: [.init(size: 1)]))
      #expect(try await call.responses.next() != nil)
      first.program.send(signal: SIGKILL)
      let cut = await failure { while try await call.responses.next() != nil {} }
      Self.expectUnavailable(cut)
      let after = await failure { _ = try await client.emptyCall(.init()) }
      Self.expectUnavailable(after)
      #expect(after?.message.hasSuffix("nothing listens there (connection refused)") == true)

      let second = try await Program.interopServer(.ours, ["--port=\(first.port)"])
      try await eventually(within: .seconds(10)) {
        await failure { _ = try await client.emptyCall(.init()) } == nil
      }
      for _ in 0..<20 { _ = try await client.emptyCall(.init()) }
      #expect(second.program.isRunning)
    }
  }

  private static func expectUnavailable(_ error: RPCError?) {
    #expect(error?.code == .unavailable)
    #expect(error?.reason == "UPSTREAM_UNAVAILABLE")
    #expect(error?.errorInfo?.metadata["service"] == "grpc.testing")
    #expect(error?.message.contains("127.0.0.1") == false)
    let retry = error?.details.lazy.compactMap { $0.unpacked(as: GoogleRPC.RetryInfo.self) }.first
    #expect(retry?.retryDelay?.seconds == 1)
  }

  @Test("A service that hangs holds up its own callers only, to their deadline")
  func frozen() async throws {
    let frozen = try await Program.interopServer(.ours)
    let well = try await Program.interopServer(.ours)
    let gateway = try await GatewayProgram.start(
      routes: ["grpc.testing.": well.port, "frozen.": frozen.port])
    frozen.program.send(signal: SIGSTOP)
    defer { frozen.program.send(signal: SIGCONT) }
    try await withTestService(at: gateway.port) { client in
      let start = ContinuousClock.now
      async let stuck = client.invoker.outcome(
        of: "/frozen.v1.S/M", .unary, [[]], CallOptions(timeout: .seconds(1)))
      for _ in 0..<20 { _ = try await client.emptyCall(.init(), CallOptions(timeout: .seconds(1))) }
      #expect(await stuck.error?.code == .deadlineExceeded)
      #expect(ContinuousClock.now - start < .seconds(5) * Slack.factor)
    }
    try await eventually {
      let page = try await gateway.page("/readyz?verbose")
      return page.contains("check frozen: it does not answer")
        && page.contains("check grpc.testing: ok")
    }
  }

  @Test("The pages name every service behind, and are ready only while all are")
  func pages() async throws {
    let server = try await Program.interopServer(.ours)
    let other = try await Program.interopServer(.ours)
    let gateway = try await GatewayProgram.start(
      routes: ["grpc.testing.": server.port, "other.": other.port])
    #expect(try await gateway.page("/healthz") == "ok\n200")
    let well = try await gateway.page("/readyz?verbose")
    #expect(well.hasPrefix("ok\n") && well.hasSuffix("200"), "\(well)")
    #expect(well.contains("check grpc.testing: ok\n") && well.contains("check other: ok\n"))
    other.program.send(signal: SIGKILL)
    try await eventually { try await gateway.page("/readyz").hasSuffix("503") }
    let ill = try await gateway.page("/readyz?verbose")
    #expect(ill.contains("check grpc.testing: ok\n"))
    #expect(ill.contains("check other: it cannot be reached (CONNECTION_REFUSED)\n"), "\(ill)")
    let again = try await Program.interopServer(.ours, ["--port=\(other.port)"])
    try await eventually { try await gateway.page("/readyz").hasSuffix("200") }
    #expect(again.program.isRunning)
  }

  @Test(
    "Health that is watched follows a service that dies and comes back, and so does the whole's",
    arguments: ["grpc.testing.TestService", ""])
  func watchedHealth(service: String) async throws {
    let server = try await Program.interopServer(.ours)
    let gateway = try await GatewayProgram.start(routes: ["grpc.testing.": server.port])
    try await withTestService(at: gateway.port) { client in
      let call = try await GrpcHealthV1.HealthClient(client.invoker)
        .watch(.init(service: service), CallOptions(timeout: .seconds(30)))
      #expect(try await call.responses.next()?.status == .serving)
      server.program.send(signal: SIGKILL)
      #expect(try await call.responses.next()?.status == .notServing)
      let again = try await Program.interopServer(.ours, ["--port=\(server.port)"])
      #expect(try await call.responses.next()?.status == .serving)
      #expect(again.program.isRunning)
    }
  }

  @Test("SIGTERM: nothing new, what is open finishes, exit code 0")
  func drain() async throws {
    let server = try await Program.interopServer(.ours)
    let gateway = try await GatewayProgram.start(routes: ["grpc.testing.": server.port])
    try await withTestService(at: gateway.port) { client in
      let call = try await client.fullDuplexCall(CallOptions(timeout: .seconds(20)))
      try await call.send(Output(responseParameters: [.init(size: 1)]))
      #expect(try await call.responses.next() != nil)
      gateway.program.send(signal: SIGTERM)
      try await Task.sleep(for: .milliseconds(300))
      try await withTestService(at: gateway.port) { late in
        let refused = await failure { _ = try await late.emptyCall(.init()) }
        #expect(refused?.code == .unavailable)
      }
      for size in 1...10 {
        try await call.send(Output(responseParameters: [.init(size: Int32(size))]))
        #expect(try await call.responses.next()?.payload?.body.count == size)
      }
      try await call.finishSending()
      #expect(try await call.responses.next() == nil)
    }
    #expect(try await gateway.program.exitCode(within: .seconds(5)) == 0)
  }

  @Test("A token goes to the service as it is; with keys, bad ones are turned away at the door")
  func tokens() async throws {
    let server = try await Program.interopServer(.ours)
    let options = CallOptions(metadata: ["authorization": "Bearer junk"])
    let plain = try await GatewayProgram.start(routes: ["grpc.testing.": server.port])
    try await withTestService(at: plain.port) { client in
      _ = try await client.emptyCall(.init(), options)
    }
    let keys = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).pem")
    defer { try? FileManager.default.removeItem(at: keys) }
    let made = try await Program.run(
      URL(filePath: "/bin/sh"),
      ["-c", "openssl genpkey -algorithm ed25519 | openssl pkey -pubout > \(keys.path)"])
    #expect(made.exitCode == 0, "\(made.output)")
    let strict = try await GatewayProgram.start(
      routes: ["grpc.testing.": server.port], ["--token-keys-file=\(keys.path)"])
    try await withTestService(at: strict.port) { client in
      _ = try await client.emptyCall(.init())
      let error = await failure { _ = try await client.emptyCall(.init(), options) }
      #expect(error?.code == .unauthenticated)
    }
  }

  @Test("What passes is counted by method, and shows on /metrics")
  func metrics() async throws {
    let server = try await Program.interopServer(.ours)
    let gateway = try await GatewayProgram.start(routes: ["grpc.testing.": server.port])
    try await withTestService(at: gateway.port) { client in
      for _ in 0..<3 { _ = try await client.emptyCall(.init()) }
    }
    let page = try await gateway.page("/metrics")
    let line = page.split(separator: "\n").first {
      $0.hasPrefix("grpc_server_handled_total") && $0.contains(#"grpc_method="EmptyCall""#)
        && $0.contains(#"grpc_code="OK""#)
    }
    #expect(line?.hasSuffix(" 3") == true, "\(page)")
  }

  @Test("Callers that do not read cost little memory, whatever their services would send")
  func boundedMemory() async throws {
    let server = try await Program.interopServer(.ours)
    let gateway = try await GatewayProgram.start(routes: ["grpc.testing.": server.port])
    try await withTestService(at: gateway.port) { client in
      _ = try await client.emptyCall(.init())
      let before = gateway.residentBytes
      #expect(before > 0)
      let sizes = (0..<1_000).map { _ in GrpcTesting.ResponseParameters(size: 50_000) }
      var calls: [Any] = []
      for _ in 0..<40 {
        let call = try await client.streamingOutputCall(Output(responseParameters: sizes))
        #expect(try await call.initialMetadata().isEmpty == false)
        calls.append(call)
      }
      // What the services would send is 2 GB; each call may hold the windows of its two streams.
      var highest = 0
      for _ in 0..<20 {
        try await Task.sleep(for: .milliseconds(100))
        highest = max(highest, gateway.residentBytes)
      }
      #expect(highest - before < Slack.factor * 60 << 20, "\((highest - before) >> 20) MiB more")
      #expect(calls.count == 40)
      _ = try await client.emptyCall(.init(), CallOptions(timeout: .seconds(5)))
    }
  }

  @Test(
    "A wrong setting ends the program, which names it",
    arguments: [
      ("--membership=localhost:x", "--membership: \"localhost:x\" is not a place"),
      ("--route=grpc.testing=localhost:1", "is not PREFIX.=TARGET"),
      ("--route=a.=localhost:1,a.=localhost:2", "names a. twice"),
      ("--route=a.=", "is not a place"), ("--upstream-key-file=k.pem", "go together"),
      ("--deadline-margin=2h", "--deadline-margin"),
    ])
  func wrongSettings(flag: String, words: String) async throws {
    let result = try await Program.run(
      Repository.executable("cabildo-gateway"), ["--listen=127.0.0.1:0", flag])
    #expect(result.exitCode == 2)
    #expect(result.output.contains(words), "\(result.output)")
  }
}
