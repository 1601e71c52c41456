import Peers
import RPC
import Testing

@testable import RPCClient

/// What a server does to a client, and what the client's calls must end with.
struct HostileCase: CustomTestStringConvertible, Sendable {
  /// How a call ends; no code is OK, and no reason is a status of the server's or a deadline.
  struct End: Hashable, Sendable, CustomStringConvertible {
    let code: StatusCode?
    let reason: String?

    /// Whether a connection that goes is closed or reset is a matter of who looks when.
    static let gone = End(code: .unavailable, reason: "CONNECTION_CLOSED or CONNECTION_RESET")

    /// What floods without heed of the window: a fast server breaks it before the deadline.
    static let overrun = End(code: .deadlineExceeded, reason: "or MALFORMED_RESPONSE")

    /// It breaks the window of the stream about when it is taken for a flood.
    static let violationOrOverrun = End(code: .unavailable, reason: "or MALFORMED_RESPONSE")

    func covers(_ end: End) -> Bool {
      switch self {
      case .gone:
        end == .unavailable("CONNECTION_CLOSED") || end == .unavailable("CONNECTION_RESET")
      case .overrun: end == .deadline || end == .malformed()
      case .violationOrOverrun: end == .violation || end == .malformed()
      default: self == end
      }
    }

    static let ok = End(code: nil, reason: nil)
    static let deadline = End(code: .deadlineExceeded, reason: nil)
    /// The server broke gRPC, or HTTP/2 on the stream of the call.
    static func malformed(_ code: StatusCode = .internal) -> End {
      End(code: code, reason: "MALFORMED_RESPONSE")
    }
    static let malformedMessage = End(code: .internal, reason: "MALFORMED_MESSAGE")
    /// The server broke HTTP/2 for the whole connection.
    static let violation = End(code: .unavailable, reason: "HTTP2_PROTOCOL_VIOLATION")
    static func unavailable(_ reason: String) -> End { End(code: .unavailable, reason: reason) }
    static func status(_ code: StatusCode) -> End { End(code: code, reason: nil) }

    var description: String { "\(code?.name ?? "OK")\(reason.map { " " + $0 } ?? "")" }
  }

  let testDescription: String
  let steps: [HostileServer.Step]
  let end: End
  /// For methods that answer with many messages, where that differs.
  let streamingEnd: End

  init(
    _ description: String, _ end: End, streaming: End? = nil, _ steps: [HostileServer.Step]
  ) {
    testDescription = description
    self.steps = steps
    self.end = end
    streamingEnd = streaming ?? end
  }

  /// One that speaks HTTP/2 as it should until it has heard a request, and has room for all of it.
  static func answering(
    _ description: String, _ end: End, streaming: End? = nil, _ steps: [HostileServer.Step]
  ) -> HostileCase {
    HostileCase(
      description, end, streaming: streaming,
      [.says([.settings((4, 1 << 20)), .window(1 << 20)]), .hears] + steps)
  }

  func end(of kind: CallKind) -> End {
    kind == .unary || kind == .clientStreaming ? end : streamingEnd
  }

  /// Short where it is the deadline that must end the call.
  func timeout(of kind: CallKind) -> Duration {
    [.deadline, .overrun].contains(end(of: kind)) ? .milliseconds(200) : .seconds(8)
  }
}

/// A method of each kind called on a hostile server, and what became of it all.
struct HostileCall {
  /// What the issue allows a call past its deadline is 50 ms; a busy machine gets ten times that.
  static let slack = Duration.milliseconds(500)

  let kind: CallKind
  let timeout: Duration
  var tls: ClientTLS?

  /// Makes the call on a channel of its own and lets everything go. What is not as it must be is
  /// recorded as an issue; without an `end` it may end as it likes.
  func check(_ server: HostileServer, endsWith end: HostileCase.End?) async throws {
    weak var board: ChannelBoard?
    let change = { (configuration: inout ChannelConfiguration) in
      configuration.backoff.connectTimeoutMinimum = .milliseconds(1500)
      configuration.stallTimeout = .seconds(1)
      configuration.tls = tls
    }
    try await withChannel(server.target, change) { channel in
      board = channel.board
      let start = ContinuousClock.now
      let error = await failure(on: channel)
      let time = start.duration(to: .now)
      let got = HostileCase.End(code: error?.code, reason: error?.reason)
      #expect(end?.covers(got) ?? true, "\(kind): \(got) \(error?.message ?? "")")
      #expect(time < timeout + Self.slack, "\(kind)")
      try await eventually { channel.openCalls == 0 }
      let calls = await channel.snapshot().calls
      #expect((calls.started, calls.open) == (1, 0))
    }
    // Everything of a channel holds its board: connections, calls, timers.
    try await eventually { board == nil }
  }

  /// The error that the call ends with; nil when it ends well.
  private func failure(on channel: RPCChannel) async -> RPCError? {
    do {
      switch kind {
      case .unary, .serverStreaming: try await receive(from: channel)
      case .clientStreaming, .bidirectional: try await converse(with: channel)
      }
      return nil
    } catch {
      return error as? RPCError ?? RPCError(.unknown, "not an RPCError: \(error)")
    }
  }

  private func open(_ channel: RPCChannel, _ message: MessageFrame? = nil) async throws
    -> any ClientStream
  {
    try await channel.open(
      ClientRequest("/t.T/M", kind, .within(timeout), soleMessage: message))
  }

  private func receive(from channel: RPCChannel) async throws {
    try await read(open(channel, MessageFrame(payload: [1, 2, 3])))
  }

  /// Writes as fast as it may, until the call is over, and reads meanwhile.
  private func converse(with channel: RPCChannel) async throws {
    let stream = try await open(channel)
    let message = MessageFrame(payload: [UInt8](repeating: 7, count: 10_000))
    let writer = Task {
      for _ in 0..<30 { try await stream.send(message, compress: false) }
      try await stream.finishSending()
    }
    defer { writer.cancel() }
    try await read(stream)
  }

  private func read(_ stream: any ClientStream) async throws {
    guard kind == .serverStreaming || kind == .bidirectional else {
      _ = try await stream.soleMessage()
      return
    }
    while try await stream.nextMessage() != nil {}
  }
}

extension HostileCase {
  /// Plays the script to calls of all kinds at once, each on a connection of its own.
  func play(over tls: ClientTLS? = nil) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for kind in [CallKind.unary, .clientStreaming, .serverStreaming, .bidirectional] {
        group.addTask {
          let server = try HostileServer(steps)
          defer { server.stop() }
          let call = HostileCall(kind: kind, timeout: timeout(of: kind), tls: tls)
          try await call.check(server, endsWith: end(of: kind))
          try await eventually { server.openConnections == 0 }
        }
      }
      try await group.waitForAll()
    }
  }
}

// What scripts are made of.

extension Frame {
  static let settings = Frame(.settings)

  static func settings(_ values: (UInt16, UInt32)...) -> Frame {
    Frame(
      .settings,
      payload: values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] + $1.bigEndianBytes })
  }

  static func headers(_ fields: [HeaderField], _ flags: Flags = .endHeaders) -> Frame {
    Frame(.headers, flags, stream: 1, payload: fields.headerBlock)
  }

  /// Response headers as they should be, and those of `more`.
  static func head(_ more: (String, String)...) -> Frame {
    headers(
      [HeaderField(":status", "200"), HeaderField("content-type", "application/grpc")]
        + more.map { HeaderField($0, $1) })
  }

  static func trailers(_ fields: (String, String)...) -> Frame {
    headers(fields.map { HeaderField($0, $1) }, [.endHeaders, .endStream])
  }

  /// Headers that are the whole answer.
  static func only(_ fields: (String, String)...) -> Frame {
    headers(fields.map { HeaderField($0, $1) }, [.endHeaders, .endStream])
  }

  static func data(_ bytes: [UInt8], _ flags: Flags = []) -> Frame {
    Frame(.data, flags, stream: 1, payload: bytes)
  }

  static func message(_ payload: [UInt8] = [7]) -> Frame {
    data([0] + UInt32(payload.count).bigEndianBytes + payload)
  }

  static func reset(_ code: UInt32, stream: UInt32 = 1) -> Frame {
    Frame(.resetStream, stream: stream, payload: code.bigEndianBytes)
  }

  static func goAway(last: UInt32, _ code: UInt32 = 0, _ debug: [UInt8] = []) -> Frame {
    Frame(.goAway, payload: last.bigEndianBytes + code.bigEndianBytes + debug)
  }

  static func window(_ increment: UInt32, stream: UInt32 = 0) -> Frame {
    Frame(.windowUpdate, stream: stream, payload: increment.bigEndianBytes)
  }
}
