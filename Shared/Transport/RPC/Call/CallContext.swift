/// What a handler knows of the call it serves beyond its message, and what it adds to the answer.
package struct CallContext: Sendable {
  package let method: MethodName
  package let metadata: Metadata
  package let peer: Peer
  /// When the call ends whatever happens; the caller's or the server's own, the earlier.
  package let deadline: ContinuousClock.Instant
  /// Who watches the call, where a server was given one.
  package let observer: (any CallObserver)?
  private let stream: any ServerStream
  private var values: [ObjectIdentifier: any Sendable] = [:]

  /// The call being served by this task. Calls made meanwhile inherit its deadline and trace.
  @TaskLocal package static var current: CallContext?

  package init(
    method: MethodName, metadata: Metadata, peer: Peer, deadline: ContinuousClock.Instant,
    stream: any ServerStream, observer: (any CallObserver)? = nil
  ) {
    self.method = method
    self.metadata = metadata
    self.peer = peer
    self.deadline = deadline
    self.stream = stream
    self.observer = observer
  }

  /// What an interceptor left for those inside it, by the type it chose as key.
  package subscript<Value: Sendable>(_ key: Any.Type) -> Value? {
    get { values[ObjectIdentifier(key)] as? Value }
    set { values[ObjectIdentifier(key)] = newValue }
  }

  /// The span that calls made meanwhile are children of.
  package var trace: TraceParent? { observer?.trace ?? TraceParent(metadata) }

  package var remaining: Duration { ContinuousClock.now.duration(to: deadline) }

  /// The server wants to stop: a long-lived stream should end soon.
  package var isDraining: Bool { stream.isDraining }

  /// Returns when the server begins to want to stop; throws when the waiting task is cancelled.
  package func draining() async throws { try await stream.draining() }

  /// Goes out with the first message or the status; later calls have no effect.
  package func setInitialMetadata(_ metadata: Metadata) { stream.setInitialMetadata(metadata) }

  /// Goes out with the status.
  package func setTrailingMetadata(_ metadata: Metadata) { stream.setTrailingMetadata(metadata) }

  /// Whether the message taken last came compressed.
  package var lastMessageWasCompressed: Bool {
    get async { await stream.lastMessageWasCompressed }
  }

  /// Whether the messages that follow are compressed, if the caller takes that at all. The first
  /// use has to come before the first message.
  package func setCompression(_ isOn: Bool) { stream.setCompression(isOn) }
}
