import Protobuf
import RPC
import Synchronization
import Testing
import WellKnown

/// The channel without a network, which must end calls as a channel with one does.
@Suite struct InProcessTests {
  private static let echo = ServerMethod("/test.Test/Echo", .bidirectional) { call in
    while let message = try await call.stream.nextMessage() {
      try await call.stream.send(MessageFrame(payload: message))
    }
  }

  private static let greet = MethodDescriptor<
    GoogleProtobuf.StringValue, GoogleProtobuf.StringValue
  >(
    "/test.Test/Greet", .unary)

  private func channel(
    _ methods: ServerMethod..., interceptors: [any ServerInterceptor] = [],
    defaultTimeout: Duration = .seconds(60)
  ) -> InProcessChannel {
    var router = Router([])
    for method in methods { router.add(method) }
    return InProcessChannel(router, interceptors: interceptors, defaultTimeout: defaultTimeout)
  }

  /// What `body` throws, as it is thrown.
  private func failure(_ body: () async throws -> Void) async -> RPCError? {
    do {
      try await body()
      return nil
    } catch {
      #expect(error is RPCError, "\(error)")
      return error as? RPCError
    }
  }

  private func open(
    _ channel: InProcessChannel, _ method: MethodName = "/test.Test/Echo", timeout: Duration? = nil
  ) async throws -> any ClientStream {
    try await channel.open(
      ClientRequest(method, .bidirectional, CallOptions(timeout: timeout)))
  }

  @Test("A unary call, with the metadata of its answer")
  func unary() async throws {
    let channel = channel(
      .unary(Self.greet) { request, context in
        context.setInitialMetadata(["first": "1"])
        context.setTrailingMetadata(["last": "2"])
        return GoogleProtobuf.StringValue(value: "Hello, \(request.value)")
      })
    let answer = try await channel.unaryResponse(
      Self.greet, GoogleProtobuf.StringValue(value: "Ñandú"))
    #expect(answer.message.value == "Hello, Ñandú")
    #expect(answer.initialMetadata == ["first": "1"])
    #expect(answer.trailingMetadata == ["last": "2"])
  }

  @Test("Messages go both ways by turns, and the answer ends after the request")
  func bothWays() async throws {
    let stream = try await open(channel(Self.echo))
    for number in 0..<100 as Range<UInt8> {
      try await stream.send(MessageFrame(payload: [number]), compress: false)
      #expect(try await stream.nextMessage() == [number])
    }
    try await stream.finishSending()
    #expect(try await stream.nextMessage() == nil)
  }

  @Test("An error arrives whole, behind the message that was sent before it")
  func errors() async throws {
    let sent = RPCError(.notFound, "nobody", metadata: ["x-a": "b"]).reason("NOBODY")
    let method = ServerMethod("/test.Test/Fail", .bidirectional) { call in
      call.context.setTrailingMetadata(["x-c": "d"])
      try await call.stream.send(MessageFrame(payload: [1]))
      throw sent
    }
    let stream = try await open(channel(method), "/test.Test/Fail")
    try await Task.sleep(for: .milliseconds(50))
    #expect(try await stream.nextMessage() == [1])
    let error = await failure { _ = try await stream.nextMessage() }
    #expect(error == sent)
    #expect(stream.trailingMetadata == ["x-c": "d", "x-a": "b"])
  }

  @Test("What a handler did not mean to throw is an internal error, and nothing more is told")
  func unforeseen() async throws {
    struct Secret: Error {}
    let channel = channel(ServerMethod("/test.Test/Fail", .unary) { _ in throw Secret() })
    let error = await failure { _ = try await open(channel, "/test.Test/Fail").nextMessage() }
    #expect(error == RPCError(.internal, "internal error"))
  }

  @Test("An unknown method is unimplemented")
  func unknown() async throws {
    let error = await failure { _ = try await open(channel(), "/test.Test/Echo").nextMessage() }
    #expect(error?.code == .unimplemented)
  }

  /// Waits for its next message, and notes that it was cancelled.
  private static func waiting(_ ends: Ends) -> ServerMethod {
    ServerMethod("/test.Test/Wait", .bidirectional) { call in
      do {
        _ = try await call.stream.nextMessage()
        try await Task.sleep(for: .seconds(60))
      } catch {
        ends.add(Task.isCancelled)
        throw error
      }
    }
  }

  @Test("The deadline ends the call on both sides")
  func deadline() async throws {
    let ends = Ends()
    let stream = try await open(
      channel(Self.waiting(ends)), "/test.Test/Wait", timeout: .milliseconds(50))
    #expect(await failure { _ = try await stream.nextMessage() }?.code == .deadlineExceeded)
    try await ends.wait()
    #expect(ends.all == [true])
  }

  @Test("A call has no more time than the call that it is made for")
  func inheritedDeadline() async throws {
    let inner = channel(Self.waiting(Ends()))
    let outer = channel(
      ServerMethod("/test.Test/Outer", .unary) { call in
        let stream = try await open(inner, "/test.Test/Wait", timeout: .seconds(30))
        _ = try await stream.nextMessage()
      },
      ServerMethod("/test.Test/Left", .unary) { call in
        let left = "\(call.context.remaining < .seconds(31))"
        try await call.stream.send(MessageFrame(payload: Array(left.utf8)))
      })
    let start = ContinuousClock.now
    let stream = try await open(outer, "/test.Test/Outer", timeout: .milliseconds(100))
    #expect(await failure { _ = try await stream.nextMessage() }?.code == .deadlineExceeded)
    #expect(start.duration(to: .now) < .seconds(10))
    let left = try await open(outer, "/test.Test/Left", timeout: .seconds(30))
    #expect(try await left.nextMessage() == Array("true".utf8))
  }

  @Test("Cancelling reaches the handler", arguments: ["cancel", "let go", "task"])
  func cancellation(how: String) async throws {
    let ends = Ends()
    let channel = channel(Self.waiting(ends))
    if how == "task" {
      let caller = Task {
        let stream = try await open(channel, "/test.Test/Wait")
        return await failure { _ = try await stream.nextMessage() }
      }
      try await Task.sleep(for: .milliseconds(50))
      caller.cancel()
      #expect(try await caller.value?.code == .cancelled)
    } else {
      let stream = try await open(channel, "/test.Test/Wait")
      try await stream.send(MessageFrame(payload: []), compress: false)
      if how == "cancel" {
        stream.cancel()
        #expect(await failure { _ = try await stream.nextMessage() }?.code == .cancelled)
      }
    }
    try await ends.wait()
    #expect(ends.all == [true])
  }

  @Test("Interceptors stand around the call, the first outermost, and may refuse it")
  func interceptors() async throws {
    struct Naming: ServerInterceptor {
      let name: String
      func intercept(_ call: ServerCall, next: (ServerCall) async throws -> Void) async throws {
        call.context.setInitialMetadata(["by": name])
        guard call.metadata.isEmpty else { throw RPCError(.permissionDenied, name) }
        try await next(call)
      }
    }
    let channel = channel(Self.echo, interceptors: [Naming(name: "a"), Naming(name: "b")])
    let stream = try await open(channel)
    try await stream.finishSending()
    #expect(try await stream.nextMessage() == nil)
    #expect(try await stream.initialMetadata() == ["by": "a", "by": "b"])
    let refused = try await channel.open(
      ClientRequest("/test.Test/Echo", .bidirectional, CallOptions(metadata: ["x": "y"])))
    let error = await failure { _ = try await refused.nextMessage() }
    #expect(error == RPCError(.permissionDenied, "a"))
  }

  @Test("A reader that stops holds its sender back")
  func backPressure() async throws {
    let sent = Ends()
    let method = ServerMethod("/test.Test/Flood", .bidirectional) { call in
      while true {
        try await call.stream.send(MessageFrame(payload: [0]))
        sent.add(true)
      }
    }
    let stream = try await open(channel(method), "/test.Test/Flood")
    try await sent.wait()
    try await Task.sleep(for: .milliseconds(50))
    #expect(sent.all.count == 1)
    _ = try await stream.nextMessage()
    try await Task.sleep(for: .milliseconds(50))
    #expect(sent.all.count == 2)
  }
}

/// What handlers noted, for the test to see.
private final class Ends: Sendable {
  private let values = Mutex<[Bool]>([])

  func add(_ value: Bool) { values.withLock { $0.append(value) } }
  var all: [Bool] { values.withLock { $0 } }

  /// Waits for the first.
  func wait() async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while all.isEmpty, .now < deadline { try await Task.sleep(for: .milliseconds(2)) }
  }
}
