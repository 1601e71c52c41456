import RPC

/// Carries calls to one service and its answers back, message by message and undecoded.
///
/// Each side waits for the other: a message is taken from one only when the other has room for it.
/// A call ends as the service ends it; a caller who goes takes the call to the service along.
struct Relay: Sendable {
  let upstream: Upstream
  private let deadlineMargin: Duration

  /// The margin is never more than this share of the time that is left.
  private static let largestMarginShare = 10

  init(_ upstream: Upstream, deadlineMargin: Duration) {
    self.upstream = upstream
    self.deadlineMargin = deadlineMargin
  }

  func serve(_ call: ServerCall, _ habit: MethodHabit) async throws {
    call.echoRequestID()
    let share = habit.begin()
    defer { habit.ended() }
    let invoker = try upstream.connection(share)
    var request = ClientRequest(call.method, .bidirectional, options(for: call))
    let arrival = try call.stream.takeInbound()
    // A unary request is mostly whole when its handler starts: it then goes out in one piece, and
    // one task does it all.
    if case .message(let message, isLast: true) = arrival, request.canCarry(message) {
      request.soleMessage = MessageFrame(message)
      let stream = try await open(request, on: invoker)
      return try await passAnswer(of: stream, to: call, habit)
    }
    let stream = try await open(request, on: invoker)
    try await withThrowingTaskGroup(of: Side.self) { group in
      group.addTask {
        try await passRequests(from: call.stream, beginningWith: arrival, to: stream)
        return .caller
      }
      group.addTask {
        try await passAnswer(of: stream, to: call, habit)
        return .service
      }
      // The answer decides the end, whatever of the request is still to come.
      while let finished = try await group.next(), finished == .caller {}
      group.cancelAll()
    }
  }

  /// Whose messages have come to their end.
  private enum Side { case caller, service }

  private func open(_ request: ClientRequest, on invoker: any CallInvoker) async throws
    -> any ClientStream
  {
    do {
      // What a call hands down to those made while serving it is decided here and not there.
      return try await CallContext.$current.withValue(nil) { try await invoker.open(request) }
    } catch {
      throw RPCError(error).passedOn(from: upstream)
    }
  }

  private func passRequests(
    from caller: any ServerStream, beginningWith first: Arrival, to service: any ClientStream
  ) async throws {
    var arrival = first
    while true {
      switch arrival {
      case .message(let message, _):
        do {
          try await service.send(MessageFrame(message), compress: false)
        } catch {
          // It has answered, mostly, and its answer says why. If not, there is none to wait for.
          return service.cancel()
        }
      case .nothingYet: break
      case .end:
        try? await service.finishSending()
        return
      }
      let message = try await caller.nextInbound()
      arrival = message.map { .message($0, isLast: false) } ?? .end
    }
  }

  private func passAnswer(
    of service: any ClientStream, to call: ServerCall, _ habit: MethodHabit
  ) async throws {
    var messages = 0
    do {
      let initial = try await service.initialMetadata()
      let mustInflate = announce(initial, to: call)
      // An answer of nothing but a status has no head, and gets none on its way.
      if initial.field(":status") != nil { try await call.stream.sendInitialMetadata() }
      if mustInflate {
        while let bytes = try await service.nextMessage() {
          messages += 1
          if messages == 2 { habit.answered(messages: messages, isOver: false) }
          try await call.stream.send(MessageFrame(payload: bytes))
        }
      } else {
        while let message = try await service.nextInbound() {
          messages += 1
          if messages == 2 { habit.answered(messages: messages, isOver: false) }
          try await call.stream.send(MessageFrame(message))
        }
      }
      habit.answered(messages: messages, isOver: true)
      call.stream.setTrailingMetadata(service.trailingMetadata.withoutRequestID)
    } catch {
      throw RPCError(error).passedOn(from: upstream)
    }
  }

  /// Prepares the head of the answer. True where messages have to be inflated, because the service
  /// compresses and the caller does not take that.
  private func announce(_ initial: Metadata, to call: ServerCall) -> Bool {
    call.stream.setInitialMetadata(initial.withoutRequestID)
    guard let encoding = initial.field("grpc-encoding"), Compression(name: encoding) == .gzip else {
      return false
    }
    guard let accepted = call.metadata.field("grpc-accept-encoding"),
      Compression.acceptsGzip(accepted)
    else { return true }
    // Announces gzip; each message says of itself whether it is.
    call.stream.setCompression(false)
    return false
  }

  private func options(for call: ServerCall) -> CallOptions {
    let encoding = call.metadata.field("grpc-encoding")
    return CallOptions(
      timeout: timeout(for: call), metadata: call.passedMetadata,
      compress: encoding.flatMap { Compression(name: $0) } == .gzip)
  }

  /// What is left of the caller's time, less the margin in which the answer can still come back.
  /// A caller who names none leaves it to the service.
  private func timeout(for call: ServerCall) -> Duration? {
    guard call.metadata.field("grpc-timeout") != nil else { return nil }
    let remaining = call.context.remaining
    return remaining - min(deadlineMargin, remaining / Self.largestMarginShare)
  }
}

extension ClientRequest {
  /// Whether a message can go out with the headers as it is: there, what is not compressed would
  /// be, in a call that announces compression.
  fileprivate func canCarry(_ message: InboundMessage) -> Bool {
    message.isCompressed || !options.compress
  }
}
