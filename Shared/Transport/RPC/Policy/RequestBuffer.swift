/// The messages of one call on their way out, kept while another attempt may have to send them
/// again.
package struct RequestBuffer: Sendable {
  /// Those not dropped, in order.
  private var frames: [[UInt8]] = []
  /// Index into `frames` of the first that the current attempt has not taken.
  private var next = 0
  private var keeps = true

  /// Bytes held, taken or not.
  package private(set) var keptBytes = 0
  /// Bytes that the current attempt has not taken.
  package private(set) var waitingBytes = 0
  /// No more messages will come.
  package private(set) var isFinished = false

  package init() {}

  package mutating func append(_ frame: [UInt8]) {
    frames.append(frame)
    keptBytes += frame.count
    waitingBytes += frame.count
  }

  package mutating func finish() { isFinished = true }

  package var isDrained: Bool { next == frames.count }

  /// The next messages for the current attempt, as many as `bytes` begin in; none when all are
  /// taken.
  package mutating func take(_ bytes: Int) -> [[UInt8]] {
    var (end, count) = (next, 0)
    while end < frames.count, count < bytes {
      count += frames[end].count
      end += 1
    }
    let taken = next == 0 && end == frames.count ? frames : Array(frames[next..<end])
    next = end
    waitingBytes -= count
    if !keeps { dropTaken() }
    return taken
  }

  /// A new attempt begins from the first message. Only while nothing was dropped.
  package mutating func rewind() {
    next = 0
    waitingBytes = keptBytes
  }

  /// There will be no other attempt: what is taken is dropped, now and from now on.
  package mutating func commit() {
    keeps = false
    dropTaken()
  }

  private mutating func dropTaken() {
    frames.removeFirst(next)
    next = 0
    keptBytes = waitingBytes
  }
}
