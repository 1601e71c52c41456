import NIOCore
import NIOPosix
import Peers
import RPC
import RPCClient
import RPCServer
import Sockets
import Testing

/// How handlers run: where, how many at once, and what reaches them.
@Suite struct HandlerTests {
  @Test("Handlers run on their connection's loop, and connections are spread evenly over the loops")
  func loops() async throws {
    let seen = Notes<ObjectIdentifier>()
    let method = ServerMethod("/test.Test/Where", .unary) { call in
      let loop = try #require(MultiThreadedEventLoopGroup.currentEventLoop)
      try await Task.sleep(for: .milliseconds(1))
      #expect(MultiThreadedEventLoopGroup.currentEventLoop === loop, "came back elsewhere")
      seen.add(ObjectIdentifier(loop))
      try await call.stream.send(MessageFrame(payload: []))
    }
    try await withServer([method], threads: 4) { server, address, loops in
      for _ in 0..<16 {
        try await withChannel(to: address, loops) { channel in
          for _ in 0..<3 { _ = try await channel.call("/test.Test/Where") }
        }
      }
    }
    let counts = Dictionary(grouping: seen.all) { $0 }.values.map(\.count)
    #expect(counts == [12, 12, 12, 12])
  }

  @Test("A handler that waits holds nobody up")
  func concurrency() async throws {
    let (gate, open) = AsyncStream.makeStream(of: Void.self)
    let wait = ServerMethod("/test.Test/Wait", .unary) { call in
      for await _ in gate { break }
      try await call.stream.send(MessageFrame(payload: [1]))
    }
    try await withServer([wait, echo]) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        async let slow = channel.call("/test.Test/Wait")
        for index in 0..<50 {
          let answer = try await channel.call("/test.Test/Echo", [UInt8(index)])
          #expect(answer == [UInt8(index)])
        }
        open.yield()
        let answer = try await slow
        #expect(answer == [1])
      }
    }
  }

  @Test("Costly calls of one connection hold up another's by a few of them, not by all")
  func turns() async throws {
    let begun = Notes<Bool>()
    let spin = ServerMethod("/test.Test/Spin", .unary) { call in
      begun.add(true)
      let end = ContinuousClock.now + .milliseconds(20)
      while .now < end {}
      try await call.stream.send(MessageFrame(payload: []))
    }
    try await withServer([spin, echo]) { _, address, loops in
      // A loop of its own for the callers: the server's is busy.
      let ours = LoopGroup(threads: 1)
      try await withChannel(to: address, ours) { hog in
        try await withChannel(to: address, ours) { other in
          _ = try await other.call("/test.Test/Echo", [0])
          try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<80 { group.addTask { _ = try await hog.call("/test.Test/Spin") } }
            try await begun.wait(for: 3)
            let answer = try await other.call("/test.Test/Echo", [1])
            #expect(answer == [1])
            #expect(begun.all.count < 60, "calls that came before it")
            try await group.waitForAll()
          }
        }
      }
      try await ours.shutDown()
    }
  }

  @Test("A service that is an actor, or hops elsewhere, reads and writes all the same")
  func elsewhere() async throws {
    actor Counter {
      var count = 0
      func serve(_ call: ServerCall) async throws {
        while let message = try await call.stream.nextMessage() {
          count += message.count
          try await call.stream.send(MessageFrame(payload: [UInt8(count)]))
        }
      }
    }
    let counter = Counter()
    let method = ServerMethod("/test.Test/Count", .bidirectional) { call in
      try await Task { try await counter.serve(call) }.value
    }
    try await withServer([method]) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        let stream = try await channel.open(ClientRequest("/test.Test/Count", .bidirectional))
        for (sent, received) in [(1, 1), (2, 3), (3, 6)] {
          try await stream.send(
            MessageFrame(payload: [UInt8](repeating: 0, count: sent)), compress: false)
          let answer = try await stream.nextMessage()
          #expect(answer == [UInt8(received)])
        }
        try await stream.finishSending()
        let answer = try await stream.nextMessage()
        #expect(answer == nil)
      }
    }
  }

  @Test("The caller's cancellation reaches the handler, and the loop's workers go on")
  func cancellation() async throws {
    let (started, cancelled) = (Notes<Void>(), Notes<Void>())
    let sleep = ServerMethod("/test.Test/Sleep", .unary) { call in
      started.add(())
      do {
        try await Task.sleep(for: .seconds(60))
      } catch {
        cancelled.add(())
        throw error
      }
    }
    try await withServer([sleep, echo]) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        for round in 1...20 {
          let call = Task { try await channel.call("/test.Test/Sleep") }
          try await started.wait(for: round)
          call.cancel()
          try await cancelled.wait(for: round)
          let answer = try await channel.call("/test.Test/Echo", [7])
          #expect(answer == [7])
        }
      }
    }
  }

  @Test("The server ends a call at its deadline: the caller's, the default, or the maximum")
  func deadlines() async throws {
    var configuration = ServerConfiguration()
    configuration.defaultDeadline = .milliseconds(100)
    configuration.maxDeadline = .milliseconds(300)
    let ended = Notes<Duration>()
    let sleep = ServerMethod("/test.Test/Sleep", .unary) { call in
      let start = ContinuousClock.now
      try? await Task.sleep(for: .seconds(60))
      ended.add(start.duration(to: .now))
    }
    try await withServer([sleep], configuration) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        for (index, (timeout, expected)) in [(nil, 100), (Duration.seconds(30), 300)].enumerated() {
          let error = await failure {
            _ = try await channel.call(
              "/test.Test/Sleep", [], CallOptions(timeout: timeout))
          }
          #expect(error?.code == .deadlineExceeded)
          try await ended.wait(for: index + 1)
          #expect(ended.all[index] >= .milliseconds(expected - 20))
          #expect(ended.all[index] < .milliseconds(expected * 10) * Slack.factor)
        }
      }
    }
  }

  @Test("Errors: a domain's own, gRPC's, and an unforeseen one that only the server learns of")
  func errors() async throws {
    struct Unforeseen: Error {}
    struct Known: RPCErrorConvertible { let rpcError = RPCError(.notFound, "no such thing") }
    let noticed = Notes<String>()
    var configuration = ServerConfiguration()
    configuration.onUnforeseenError = { error, method in noticed.add("\(method) \(error)") }
    let methods: [ServerMethod] = [
      ServerMethod("/test.Test/Unforeseen", .unary) { _ in throw Unforeseen() },
      ServerMethod("/test.Test/Known", .unary) { _ in throw Known() },
      ServerMethod("/test.Test/Status", .unary) { _ in
        throw RPCError(.aborted, "día\n%", metadata: ["x-why": "because"]).reason("TEST")
      },
    ]
    try await withServer(methods, configuration) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        for (method, code, message) in [
          ("Unforeseen", StatusCode.internal, "internal error"),
          ("Known", .notFound, "no such thing"), ("Status", .aborted, "día\n%"),
        ] {
          let error = await failure {
            _ = try await channel.call(MethodName(service: "test.Test", method: method))
          }
          #expect(error?.code == code)
          #expect(error?.message == message)
          if code == .aborted {
            #expect(error?.reason == "TEST")
            #expect(error?.metadata["x-why"] == "because")
          }
        }
      }
    }
    #expect(noticed.all == ["/test.Test/Unforeseen Unforeseen()"])
  }

  @Test("Interceptors run in order around every kind of call and may change what is inside")
  func interceptors() async throws {
    struct Tracer: ServerInterceptor {
      let name: String
      let notes: Notes<String>

      func intercept(_ call: ServerCall, next: (ServerCall) async throws -> Void) async throws {
        var call = call
        let outer: String? = call.context[Tracer.self]
        call.context[Tracer.self] = (outer ?? "") + name
        notes.add("\(name) in")
        do { try await next(call) } catch {
          notes.add("\(name) error")
          throw error
        }
        notes.add("\(name) out")
      }
    }
    let notes = Notes<String>()
    var configuration = ServerConfiguration()
    configuration.interceptors = [
      Tracer(name: "a", notes: notes), Tracer(name: "b", notes: notes),
    ]
    let methods = [CallKind.unary, .bidirectional].map { kind in
      ServerMethod(MethodName(service: "test.Test", method: "\(kind)"), kind) { call in
        let path: String? = call.context[Tracer.self]
        notes.add(path ?? "none")
        if kind == .bidirectional { throw RPCError(.aborted, "") }
        try await call.stream.send(MessageFrame(payload: []))
      }
    }
    try await withServer(methods, configuration) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        _ = try await channel.call("/test.Test/unary")
        #expect(notes.all == ["a in", "b in", "ab", "b out", "a out"])
        _ = await failure { _ = try await channel.call("/test.Test/bidirectional") }
        #expect(notes.all.suffix(5) == ["a in", "b in", "ab", "b error", "a error"])
      }
    }
  }
}
