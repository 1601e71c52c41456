import Foundation
import Peers
import RPC
import RPCClient
import RPCServer
import Sockets
import Testing

/// Whose call it is, what it is called and which trace it is in, through the program itself.
@Suite(.serialized) struct IdentityTests {
  /// What a service behind the gateway hears of a call with this metadata, and the answer.
  private func heard(_ metadata: Metadata, _ flags: [String] = []) async throws
    -> (fields: Metadata, outcome: Outcome)
  {
    let heard = Notes<Metadata>()
    let listens = ServerMethod("/test.T/Listens", .unary) { call in
      heard.add(call.metadata)
      try await call.stream.send(MessageFrame(payload: []))
    }
    return try await withGateway([listens]) { behind in
      let port = try #require(behind.direct.target.description.split(separator: ":").last)
      let gateway = try await GatewayProgram.start(
        routes: ["test.": try #require(UInt16(port))], flags)
      let channel = RPCChannel(
        target: try Target("127.0.0.1:\(gateway.port)"), eventLoopGroup: behind.loops.dialing)
      let outcome = await channel.outcome(
        of: "/test.T/Listens", .unary, [[]],
        CallOptions(timeout: .seconds(10), metadata: metadata))
      await channel.shutdown(grace: .seconds(1))
      return (try #require(heard.all.first), outcome)
    }
  }

  @Test("The gateway is a span of the caller's trace")
  func span() async throws {
    let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    let (fields, _) = try await heard(["traceparent": given, "tracestate": "a=1,b=2"])
    let parent = try #require(TraceParent(fields))
    #expect(parent.traceID == "0af7651916cd43dd8448eb211c80319c")
    #expect(parent.spanID != "b7ad6b7169203331")
    #expect(parent.isSampled)
    #expect(fields.all("tracestate") == ["a=1,b=2"])
  }

  @Test("A call without a trace gets one, and one without an id gets that, back too")
  func names() async throws {
    let (fields, outcome) = try await heard([:])
    #expect(TraceParent(fields) != nil)
    #expect(fields.all("tracestate") == [])
    #expect(fields["x-request-id"]?.isEmpty == false)
    #expect(outcome.initial.all("x-request-id") == fields.all("x-request-id"))
    #expect(fields.all("x-forwarded-for") == ["127.0.0.1"])
  }

  @Test("The caller's id and token go on, the margin is the one that is set")
  func kept() async throws {
    let (fields, outcome) = try await heard(
      ["x-request-id": "mine", "authorization": "Bearer abc"], ["--deadline-margin=700ms"])
    #expect(fields.all("x-request-id") == ["mine"])
    #expect(outcome.initial.all("x-request-id") == ["mine"])
    #expect(fields.all("authorization") == ["Bearer abc"])
    let text = try #require(fields["grpc-timeout"])
    let left = try #require(Timeout.parse(Array(text.utf8)))
    #expect(left <= .milliseconds(9_300))
    #expect(left >= .seconds(7))
  }
}
