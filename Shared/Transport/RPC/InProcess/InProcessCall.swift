internal import Synchronization

/// One call in one process, as its handler sees it.
final class InProcessCall: ServerStream {
  let requests = MessagePipe()
  let responses = MessagePipe()
  let answer = InProcessAnswer()

  /// Nothing drains a server that has no connections.
  var isDraining: Bool { false }

  func draining() async throws {
    while true { try await Task.sleep(for: .seconds(3600)) }
  }

  func serve(
    _ call: ServerCall, _ interceptors: [any ServerInterceptor],
    _ handler: (ServerCall) async throws -> Void
  ) async {
    do {
      try await run(call, through: interceptors[...]) { call in
        try await CallContext.$current.withValue(call.context) { try await handler(call) }
      }
      end(nil)
    } catch {
      end(RPCError(error))
    }
  }

  /// The first end counts. What the handler sent before it is still read.
  private func end(_ error: RPCError?) {
    answer.end(trailers: error?.metadata ?? [:])
    requests.finish(error)
    responses.finish(error)
  }

  /// Ends the call from outside of its handler; messages on their way are lost.
  func cut(_ error: RPCError) {
    answer.end(trailers: error.metadata)
    requests.finish(error, isDropping: true)
    responses.finish(error, isDropping: true)
  }

  func nextMessage() async throws -> [UInt8]? { try await requests.next() }
  var lastMessageWasCompressed: Bool { false }

  func send(_ message: MessageFrame) async throws {
    answer.release()
    try await responses.send(Array(message.payload))
  }

  func setInitialMetadata(_ metadata: Metadata) { answer.addInitial(metadata) }
  func sendInitialMetadata() async throws { answer.release() }
  func setTrailingMetadata(_ metadata: Metadata) { answer.addTrailing(metadata) }
  func setCompression(_ isOn: Bool) {}
}

/// The metadata of an answer: the initial part is there from the first message on.
final class InProcessAnswer: Sendable {
  private let state = Mutex(State())

  private struct State {
    var initial: Metadata = [:]
    var trailing: Metadata = [:]
    var isReleased = false
    var isEnded = false
    var waiters: [CheckedContinuation<Metadata, Never>] = []
  }

  func addInitial(_ metadata: Metadata) {
    state.withLock { if !$0.isReleased { $0.initial.add(metadata) } }
  }

  func addTrailing(_ metadata: Metadata) {
    state.withLock { if !$0.isEnded { $0.trailing.add(metadata) } }
  }

  /// Empty until the end.
  var trailing: Metadata { state.withLock { $0.isEnded ? $0.trailing : [:] } }

  /// The first end counts.
  func end(trailers: Metadata) {
    state.withLock { state in
      guard !state.isEnded else { return }
      state.isEnded = true
      state.trailing.add(trailers)
    }
    release()
  }

  func release() {
    let (initial, waiters) = state.withLock {
      state -> (Metadata, [CheckedContinuation<Metadata, Never>]) in
      state.isReleased = true
      defer { state.waiters = [] }
      return (state.initial, state.waiters)
    }
    for waiter in waiters { waiter.resume(returning: initial) }
  }

  func initial() async -> Metadata {
    await withCheckedContinuation { continuation in
      let ready = state.withLock { state -> Metadata? in
        guard !state.isReleased else { return state.initial }
        state.waiters.append(continuation)
        return nil
      }
      if let ready { continuation.resume(returning: ready) }
    }
  }
}
