internal import HTTP2
internal import RPC

/// What a call has sent, received and decided so far. Changed under the call's lock; what is to be
/// done outside of it comes back as `CallEffects`.
struct CallState {
  /// Where the current attempt runs.
  struct Link {
    let face: ConnectionFace
    let stream: StreamID
  }

  enum End {
    case ok
    case failed(RPCError)
  }

  var requests = RequestBuffer()
  var retry: RetryState
  /// Counts every attempt, transparent ones too, so that a late word of an old one is known as
  /// such.
  var attempt = 0
  var link: Link?
  private(set) var end: End?
  var trailing = Metadata()
  /// Ends a wait: for a connection, or for the next attempt.
  var waitTimer: Task<Void, Never>?
  /// The connection in whose queue the call is.
  var queue: ConnectionFace?

  private(set) var initial: Metadata?
  private var encoding: Compression? = .identity
  private var messages = FIFO<InboundMessage>()
  private var waitingBytes = 0
  /// The server may send no more until the reader caught up.
  private var isWindowHeld = false

  private var reader: Reader?
  private var headReader: CheckedContinuation<Metadata, any Error>?
  private var writer: CheckedContinuation<Void, any Error>?

  enum Reader {
    case message(CheckedContinuation<Void, any Error>)
    /// Resumed once, when the call has ended: the way of unary calls.
    case end(CheckedContinuation<Void, any Error>)
  }

  /// Where its end is counted.
  private var counters: CallCounters?

  init(_ retry: RetryState, counters: CallCounters?) {
    self.retry = retry
    self.counters = counters
  }

  mutating func count(in counters: CallCounters) {
    if let end { counters.ended(well: end.isOK) } else { self.counters = counters }
  }

  // MARK: Receiving

  /// What an attempt received in one read cycle. The status comes separately, after this.
  mutating func receive(_ delivery: Delivery, maxWaitingBytes: Int) -> CallEffects {
    var effects = CallEffects()
    if let head = delivery.head, initial == nil {
      initial = head
      encoding = delivery.encoding
      commit()
      effects.headReader = headReader.take().map { ($0, .success(head)) }
    }
    for message in delivery.messages { waitingBytes += message.frameBytes }
    messages.append(contentsOf: delivery.messages)
    if !messages.isEmpty, case .message(let continuation) = reader {
      reader = nil
      effects.reader = (continuation, .success(()))
    }
    isWindowHeld = waitingBytes > maxWaitingBytes
    effects.holdsWindow = isWindowHeld
    return effects
  }

  /// Nothing of the call can be undone from here on.
  mutating func commit() {
    retry.commit()
    requests.commit()
  }

  /// The next message, if there is one, and where a window is to be opened again.
  mutating func takeMessage(maxWaitingBytes: Int) -> (InboundMessage, Compression?, Link?)? {
    guard let message = messages.popFirst() else { return nil }
    waitingBytes -= message.frameBytes
    guard isWindowHeld, waitingBytes <= maxWaitingBytes else { return (message, encoding, nil) }
    isWindowHeld = false
    return (message, encoding, link)
  }

  var waitingMessages: Int { messages.count }

  // MARK: Waiting

  /// Parks a reader unless there is something for it, or another waits already.
  mutating func wait(_ newReader: Reader) -> CallEffects {
    let continuation =
      switch newReader {
      case .message(let continuation), .end(let continuation): continuation
      }
    var effects = CallEffects()
    if reader != nil {
      effects.reader = (continuation, .failure(.twoTasks))
    } else if let end {
      effects.reader = (continuation, waitingMessages > 0 ? .success(()) : end.result)
    } else if waitingMessages > 0, case .message = newReader {
      effects.reader = (continuation, .success(()))
    } else {
      reader = newReader
    }
    return effects
  }

  mutating func waitForHead(_ continuation: CheckedContinuation<Metadata, any Error>)
    -> CallEffects
  {
    var effects = CallEffects()
    if let initial {
      effects.headReader = (continuation, .success(initial))
    } else if let end {
      effects.headReader = (continuation, end.result.map { Metadata() })
    } else if headReader != nil {
      effects.headReader = (continuation, .failure(.twoTasks))
    } else {
      headReader = continuation
    }
    return effects
  }

  /// Parks a writer while more waits than `maxWaitingBytes`.
  mutating func waitForRoom(
    _ continuation: CheckedContinuation<Void, any Error>, maxWaitingBytes: Int
  ) -> CallEffects {
    var effects = CallEffects()
    if let end {
      effects.writer = (continuation, end.result)
    } else if requests.waitingBytes <= maxWaitingBytes {
      effects.writer = (continuation, .success(()))
    } else if writer != nil {
      effects.writer = (continuation, .failure(.twoTasks))
    } else {
      writer = continuation
    }
    return effects
  }

  /// The attempt took messages: is there room for another?
  mutating func roomMade(maxRetryBytes: Int, maxWaitingBytes: Int) -> CallEffects {
    if requests.keptBytes > maxRetryBytes { commit() }
    var effects = CallEffects()
    if requests.waitingBytes <= maxWaitingBytes {
      effects.writer = writer.take().map { ($0, .success(())) }
    }
    return effects
  }

  // MARK: Ending

  /// The call is over; everyone who waits hears so.
  mutating func finish(_ newEnd: End) -> CallEffects {
    guard end == nil else { return CallEffects() }
    end = newEnd
    counters?.ended(well: newEnd.isOK)
    var effects = CallEffects()
    effects.hasEnded = true
    effects.timer = waitTimer.take()
    effects.link = link.take()
    effects.queue = queue.take()
    effects.headReader = headReader.take().map { ($0, newEnd.result.map { Metadata() }) }
    effects.writer = writer.take().map { ($0, newEnd.result) }
    if let reader = reader.take() {
      let continuation =
        switch reader {
        case .message(let continuation), .end(let continuation): continuation
        }
      effects.reader = (continuation, waitingMessages > 0 ? .success(()) : newEnd.result)
    }
    requests = RequestBuffer()
    return effects
  }

  /// This attempt is over and another will come.
  mutating func startOver() {
    attempt += 1
    link = nil
    queue = nil
    requests.rewind()
  }
}

extension CallState.End {
  var isOK: Bool { if case .ok = self { true } else { false } }

  var result: Result<Void, RPCError> {
    switch self {
    case .ok: .success(())
    case .failed(let error): .failure(error)
    }
  }
}

extension InboundMessage {
  /// What it took on the wire: an empty one is not for nothing, or a server could send as many as it
  /// likes.
  fileprivate var frameBytes: Int { MessageFrame.prefixCount + bytes.count }
}

extension RPCError {
  static let twoTasks = RPCError(
    .internal, "two tasks read, or write, one call at the same time"
  ).reason("CONCURRENT_USE")
}

/// What one read cycle brought for a call.
struct Delivery {
  var head: Metadata?
  var encoding: Compression? = .identity
  var messages: [InboundMessage] = []
}

/// What is to be done once the call's lock is free.
struct CallEffects {
  var reader: (CheckedContinuation<Void, any Error>, Result<Void, RPCError>)?
  var headReader: (CheckedContinuation<Metadata, any Error>, Result<Metadata, RPCError>)?
  var writer: (CheckedContinuation<Void, any Error>, Result<Void, RPCError>)?
  var timer: Task<Void, Never>?
  /// Where the attempt was running when the call ended.
  var link: CallState.Link?
  /// Where the call was waiting for a stream when it ended.
  var queue: ConnectionFace?
  var hasEnded = false
  var holdsWindow = false

  func resume() {
    timer?.cancel()
    if let (continuation, result) = writer { continuation.resume(with: result.asError) }
    if let (continuation, result) = headReader { continuation.resume(with: result.asError) }
    if let (continuation, result) = reader { continuation.resume(with: result.asError) }
  }
}

extension Result where Failure == RPCError {
  fileprivate var asError: Result<Success, any Error> { mapError { $0 } }
}
