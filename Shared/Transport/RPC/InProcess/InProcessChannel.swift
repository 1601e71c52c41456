/// Calls a server's methods without a network: for tests of handlers, which need the interceptors,
/// deadlines, metadata and back-pressure of real calls but no sockets. Says nothing about the wire.
package final class InProcessChannel: CallInvoker {
  private let router: Router
  private let interceptors: [any ServerInterceptor]
  private let defaultTimeout: Duration

  package init(
    _ router: Router, interceptors: [any ServerInterceptor] = [],
    defaultTimeout: Duration = .seconds(60)
  ) {
    self.router = router
    self.interceptors = interceptors
    self.defaultTimeout = defaultTimeout
  }

  package func open(_ request: ClientRequest) async throws -> any ClientStream {
    let method = try router.method(at: Array(request.method.path.utf8)[...])
    let call = InProcessCall()
    let latest = ContinuousClock.now + (request.options.timeout ?? defaultTimeout)
    let deadline = min(latest, CallContext.current?.deadline ?? latest)
    let context = CallContext(
      method: request.method, metadata: request.options.metadata,
      peer: Peer(address: "in-process"), deadline: deadline, stream: call)
    let handler = Task { [interceptors] in
      await call.serve(ServerCall(context: context, stream: call), interceptors, method.handler)
    }
    let timer = Task {
      try await Task.sleep(until: deadline, clock: .continuous)
      call.cut(RPCError(.deadlineExceeded, "the deadline of the call has passed"))
      handler.cancel()
    }
    let stream = InProcessClientStream(call, handler: handler, timer: timer)
    if let message = request.soleMessage {
      try await stream.send(message, compress: false)
      try await stream.finishSending()
    }
    return stream
  }
}

/// The caller's side; let go, it cancels the call.
private final class InProcessClientStream: ClientStream {
  private let call: InProcessCall
  private let handler: Task<Void, Never>
  private let timer: Task<Void, any Error>

  init(_ call: InProcessCall, handler: Task<Void, Never>, timer: Task<Void, any Error>) {
    self.call = call
    self.handler = handler
    self.timer = timer
  }

  deinit { cancel() }

  func send(_ message: MessageFrame, compress: Bool) async throws {
    try await orCancel { try await call.requests.send(Array(message.payload)) }
  }

  func finishSending() async throws { call.requests.finish() }
  func nextMessage() async throws -> [UInt8]? {
    try await orCancel { try await call.responses.next() }
  }

  var lastMessageWasCompressed: Bool { false }

  func initialMetadata() async throws -> Metadata {
    try await withTaskCancellationHandler {
      let metadata = await call.answer.initial()
      guard !Task.isCancelled else { throw RPCError(CancellationError()) }
      return metadata
    } onCancel: {
      cancel()
    }
  }

  var trailingMetadata: Metadata { call.answer.trailing }

  /// The call is over when anything of it has failed.
  private func orCancel<Result>(_ step: () async throws -> Result) async throws -> Result {
    do {
      return try await step()
    } catch {
      cancel()
      throw error
    }
  }

  func cancel() {
    call.cut(RPCError(.cancelled, "the caller ended the call"))
    handler.cancel()
    timer.cancel()
  }
}
