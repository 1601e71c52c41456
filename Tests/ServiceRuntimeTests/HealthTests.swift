import Messages
import Observability
import Peers
import RPC
import RPCClient
import StandardServices
import Synchronization
import Testing

@testable import ServiceRuntime

/// How a service says how it is.
@Suite struct HealthTests {
  @Test("Health, pages and reflection are there without a line in the service")
  func standard() async throws {
    let service = try await LiveService()
    #expect(try await service.page("/healthz").status == 200)
    let ready = try await service.page("/readyz?verbose")
    #expect(ready.status == 200)
    #expect(ready.body == "ok\ncheck store: ok\n")
    try await service.withChannel { channel in
      let health = try await channel.unary(
        GrpcHealthV1.HealthMethods.check, GrpcHealthV1.HealthCheckRequest())
      #expect(health.status == .serving)
    }
    let page = try await service.page("/metrics")
    #expect(page.body.contains("grpc.reflection.v1.ServerReflection"))
    #expect(try await service.end() == 0)
  }

  @Test("Who watches hears NOT_SERVING when SIGTERM comes")
  func watch() async throws {
    let service = try await LiveService()
    try await service.withChannel { channel in
      let call = try await channel.serverStreaming(
        GrpcHealthV1.HealthMethods.watch, GrpcHealthV1.HealthCheckRequest())
      var heard: [GrpcHealthV1.HealthCheckResponse.ServingStatus] = []
      let end = await failure {
        for try await response in call.responses {
          heard.append(response.status)
          if heard.count == 1 { service.program.send(signal: 15) }
        }
      }
      #expect(heard == [.serving, .notServing])
      #expect(end?.reason == "DRAINING")
    }
    #expect(try await service.program.exitCode(within: .seconds(20)) == 0)
  }

  private func readiness(_ checks: ReadinessChecks, _ health: HealthRegister) -> Readiness {
    Readiness(
      checks, health, ["a.A"],
      Log(service: "test", level: .error, writer: LogWriter(descriptor: -1)))
  }

  @Test("One check that fails makes all not ready, and is named with its reason only")
  func failing() async throws {
    let checks = ReadinessChecks(patience: .milliseconds(100))
    let state = Mutex("well")
    struct Secret: Error { let path = "/secret" }
    checks.add("feed") {
      switch state.withLock({ $0 }) {
      case "behind": throw CheckFailure("behind by 90 s")
      case "secret": throw Secret()
      case "hangs": try await Task.sleep(for: .seconds(60))
      default: break
      }
    }
    checks.add("store") {}
    let health = HealthRegister(services: [])
    let readiness = readiness(checks, health)
    let page = try #require(readiness.pages["/readyz"])
    for (now, status, line) in [
      ("well", 200, "ok"), ("behind", 503, "behind by 90 s"), ("secret", 503, "failed"),
      ("hangs", 503, "no answer within 100ms"), ("well", 200, "ok"),
    ] {
      state.withLock { $0 = now }
      try await Task.sleep(for: .milliseconds(150))
      let answer = await page("verbose")
      #expect(answer.status == status)
      let serving = status == 200 ? "SERVING" : "NOT_SERVING"
      #expect(
        answer.body == "\(status == 200 ? "ok" : "not ready")\ncheck feed: \(line)\n"
          + "check store: ok\nservice a.A: \(serving)\n")
      #expect(health.status(of: "a.A") == (status == 200 ? .serving : .notServing))
      #expect(await page("").body == (status == 200 ? "ok\n" : "not ready\n"))
    }
    health.stop()
    #expect(await page("").status == 503)
    #expect(await readiness.pages["/healthz"]?("").status == 200)
  }

  @Test("What works less well than it should is told, and turns nobody away")
  func degraded() async throws {
    let checks = ReadinessChecks()
    let remark = Mutex<CheckRemark?>(nil)
    checks.addRemarking("store") { remark.withLock { $0 } }
    let health = HealthRegister(services: [])
    let page = try #require(readiness(checks, health).pages["/readyz"])
    for (now, line) in [(nil, "ok"), ("it is full", "degraded: it is full"), (nil, "ok")] {
      remark.withLock { $0 = now.map { CheckRemark($0) } }
      try await Task.sleep(for: .milliseconds(150))
      let answer = await page("verbose")
      #expect(answer.status == 200)
      #expect(answer.body == "ok\ncheck store: \(line)\nservice a.A: SERVING\n")
      #expect(health.status(of: "a.A") == .serving)
    }
  }

  @Test("A check that never comes back is not started again")
  func hanging() async throws {
    let checks = ReadinessChecks(patience: .milliseconds(50))
    let started = Atomic(0)
    let release = AsyncStream.makeStream(of: Void.self)
    checks.add("stuck") {
      started.wrappingAdd(1, ordering: .relaxed)
      // Deaf to cancellation.
      await Task { for await _ in release.stream { break } }.value
    }
    for _ in 0..<3 {
      #expect(await checks.outcomes().first?.failure != nil)
    }
    #expect(started.load(ordering: .relaxed) == 1)
    release.continuation.finish()
  }
}
