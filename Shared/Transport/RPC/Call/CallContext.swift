/// What a handler knows of the call it serves beyond its message, and what it adds to the answer.
package struct CallContext: Sendable {
  private let call: Facts
  /// Few, so that looking through them is quicker than hashing.
  private var values: [(key: ObjectIdentifier, value: any Sendable)] = []

  /// What stays the same while the call is served. Every interceptor copies the context: together
  /// these are one reference to copy.
  private final class Facts: Sendable {
    let method: MethodName
    let metadata: Metadata
    let peer: Peer
    let deadline: ContinuousClock.Instant
    let observer: (any CallObserver)?
    let stream: any ServerStream

    init(
      _ method: MethodName, _ metadata: Metadata, _ peer: Peer,
      _ deadline: ContinuousClock.Instant, _ stream: any ServerStream,
      _ observer: (any CallObserver)?
    ) {
      self.method = method
      self.metadata = metadata
      self.peer = peer
      self.deadline = deadline
      self.stream = stream
      self.observer = observer
    }
  }

  package var method: MethodName { call.method }
  package var metadata: Metadata { call.metadata }
  package var peer: Peer { call.peer }
  /// When the call ends whatever happens; the caller's or the server's own, the earlier.
  package var deadline: ContinuousClock.Instant { call.deadline }
  /// Who watches the call, where a server was given one.
  package var observer: (any CallObserver)? { call.observer }
  private var stream: any ServerStream { call.stream }

  /// The call being served by this task. Calls made meanwhile inherit its deadline and trace.
  @TaskLocal package static var current: CallContext?

  package init(
    method: MethodName, metadata: Metadata, peer: Peer, deadline: ContinuousClock.Instant,
    stream: any ServerStream, observer: (any CallObserver)? = nil
  ) {
    call = Facts(method, metadata, peer, deadline, stream, observer)
  }

  /// What an interceptor left for those inside it, by the type it chose as key.
  package subscript<Value: Sendable>(_ key: Any.Type) -> Value? {
    get { values.last { $0.key == ObjectIdentifier(key) }?.value as? Value }
    set {
      values.removeAll { $0.key == ObjectIdentifier(key) }
      if let newValue { values.append((ObjectIdentifier(key), newValue)) }
    }
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
