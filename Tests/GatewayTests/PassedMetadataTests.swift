import HTTP2
import Peers
import RPC
import RPCClient
import Testing

@testable import cabildo_gateway

/// What a service hears of a caller, and what it can trust of it.
@Suite struct PassedMetadataTests {
  /// Every field a service received, reserved ones too.
  private func heard(_ metadata: Metadata, timeout: Duration? = .seconds(20)) async throws
    -> (fields: Metadata, outcome: Outcome)
  {
    let heard = Notes<Metadata>()
    let listens = ServerMethod("/test.T/Listens", .unary) { call in
      heard.add(call.metadata)
      try await call.stream.send(MessageFrame(payload: []))
    }
    return try await withGateway([listens]) { gateway in
      let outcome = await gateway.client.outcome(
        of: "/test.T/Listens", .unary, [[]], CallOptions(timeout: timeout, metadata: metadata))
      return (try #require(heard.all.first), outcome)
    }
  }

  @Test(
    "Who a caller is and which trace its call is part of go on unchanged",
    arguments: [
      ("authorization", "Bearer abc.def.ghi"),
      ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
      ("x-request-id", "given-by-the-caller"), ("accept-language", "es"),
      ("x-goog-fieldmask", "*"), ("cookie", "a=b"),
    ])
  func passes(name: String, value: String) async throws {
    let (fields, _) = try await heard([name: value])
    #expect(fields.all(name) == [value])
  }

  @Test(
    "What a caller says of addresses, and what is meant for a proxy, goes no further",
    arguments: [
      ("x-forwarded-for", ["127.0.0.1"]), ("x-forwarded-host", []), ("x-forwarded-proto", []),
      ("forwarded", []), ("x-real-ip", []), ("proxy-authorization", []), ("grpc-nothing", []),
    ])
  func forged(name: String, expected: [String]) async throws {
    var metadata: Metadata = [name: "203.0.113.7"]
    metadata.add(name, "198.51.100.2")
    let (fields, _) = try await heard(metadata)
    #expect(fields.all(name) == expected)
  }

  @Test(
    "The state of a trace goes with its trace, and with none that does not count",
    arguments: [
      ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
      ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false), ("nonsense", false),
    ])
  func trace(parent: String, counts: Bool) async throws {
    let (fields, _) = try await heard(["traceparent": parent, "tracestate": "a=1,b=2"])
    #expect(fields.all("traceparent") == (counts ? [parent] : []))
    #expect(fields.all("tracestate") == (counts ? ["a=1,b=2"] : []))
  }

  @Test("Each connection has its own fields of HTTP/2 and gRPC")
  func ownFields() async throws {
    let (fields, _) = try await heard(["user-agent": "somebody else's", "te": "x"])
    #expect(fields.all("te") == ["trailers"])
    #expect(fields.all("content-type") == ["application/grpc"])
    #expect(fields.all("grpc-accept-encoding") == ["identity,gzip"])
    #expect(fields.all("user-agent").count == 1)
    #expect(fields["user-agent"]?.hasPrefix("somebody") == false)
  }

  @Test(
    "A call has an id, the caller's or one made here, that the service hears and the caller gets",
    arguments: ["mine-1", nil, String(repeating: "x", count: 129)])
  func requestID(given: String?) async throws {
    let (fields, outcome) = try await heard(given.map { ["x-request-id": $0] } ?? [:])
    let ids = fields.all("x-request-id")
    #expect(ids.count == 1)
    #expect(outcome.initial.all("x-request-id") == ids)
    if let given { #expect((ids == [given]) == (given.utf8.count <= 128)) }
    #expect(ids[0].utf8.count >= 6)
  }

  @Test("The id comes back once, also where the service echoes it, in success and failure")
  func echoedOnce() async throws {
    let echoes = ServerMethod("/test.T/Echoes", .unary) { call in
      call.stream.setInitialMetadata(["x-request-id": call.metadata["x-request-id"] ?? ""])
      if try await call.stream.nextMessage() == [1] { throw RPCError(.aborted, "no") }
      try await call.stream.send(MessageFrame(payload: []))
    }
    try await withGateway([echoes]) { gateway in
      let options = CallOptions(metadata: ["x-request-id": "abc"])
      let good = await gateway.client.outcome(of: "/test.T/Echoes", .unary, [[0]], options)
      #expect(good.initial.all("x-request-id") == ["abc"])
      let bad = await gateway.client.outcome(of: "/test.T/Echoes", .unary, [[1]], options)
      #expect(bad.error?.code == .aborted)
      #expect(bad.error?.metadata.all("x-request-id") == ["abc"])
      let away = await gateway.client.outcome(of: "/cabildo.finance.v1.F/G", .unary, [[]], options)
      #expect(away.error?.metadata.all("x-request-id") == ["abc"])
    }
  }

  @Test(
    "A service has less time than the caller, by the margin, or by a tenth where that is less",
    arguments: [
      (Duration.seconds(20), Duration.milliseconds(500)), (.seconds(4), .milliseconds(400)),
    ])
  func deadline(timeout: Duration, margin: Duration) async throws {
    let (fields, _) = try await heard([:], timeout: timeout)
    let text = try #require(fields["grpc-timeout"])
    let left = try #require(Timeout.parse(Array(text.utf8)))
    #expect(left <= timeout - margin)
    // However long the call took to get there, it is not cut for another reason.
    #expect(left >= timeout / 8)
  }

  @Test("Who names no deadline leaves it to the service")
  func noDeadline() async throws {
    let (fields, _) = try await heard([:], timeout: nil)
    #expect(fields["grpc-timeout"] == nil)
  }

  @Test("A service that does not answer in time is named, and stops with its caller")
  func deadlinePasses() async throws {
    let ended = Notes<Bool>()
    let sleeps = ServerMethod("/test.T/Sleeps", .unary) { call in
      defer { ended.add(Task.isCancelled) }
      guard try await call.stream.nextMessage() == [1] else { return }
      try await Task.sleep(for: .seconds(60))
    }
    try await withGateway([sleeps]) { gateway in
      // Connections are made before the clock runs.
      _ = await gateway.client.outcome(of: "/test.T/Sleeps", .unary, [[0]])
      let start = ContinuousClock.now
      let outcome = await gateway.client.outcome(
        of: "/test.T/Sleeps", .unary, [[1]], CallOptions(timeout: .seconds(1)))
      #expect(outcome.error?.code == .deadlineExceeded)
      #expect(ContinuousClock.now - start < .seconds(3) * Slack.factor)
      try await ended.wait(for: 2, within: .seconds(1))
      #expect(ended.all == [false, true])
    }
  }
}
