/// What is waiting to go out on one stream, and how the stream will end.
final class OutboundBody {
  /// Bytes that nghttp2 has not taken yet.
  private(set) var queuedBytes = 0
  /// nghttp2 found nothing to send and must be told when there is something.
  var isDeferred = false
  /// The queue passed the high-water mark since it was last drained.
  private(set) var isCrowded = false
  private(set) var isFinished = false
  private(set) var trailers: HeaderBlock?

  /// How often it was asked whether something moved, since something did.
  private var unmoved = 0

  private var chunks: [[UInt8]] = []
  /// The chunk at the front, and how much of it is gone.
  private var front = 0
  private var frontOffset = 0

  /// A large message is kept in pieces of so many bytes, so that what is sent of it is not kept
  /// until its rest is: peers take parts of many.
  static let pieceBytes = 64 * 1024

  /// What it holds in memory: what waits, and less than two pieces more.
  var keptBytes: Int { chunks.reduce(0) { $0 + $1.count } }

  var isExhausted: Bool { isFinished && queuedBytes == 0 }

  func append(_ bytes: [UInt8], limits: HTTP2Limits) {
    guard !isFinished, !bytes.isEmpty else { return }
    if queuedBytes == 0 { unmoved = 0 }
    if bytes.count < 2 * Self.pieceBytes {
      chunks.append(bytes)
    } else {
      for start in stride(from: 0, to: bytes.count, by: Self.pieceBytes) {
        chunks.append(Array(bytes[start..<min(start + Self.pieceBytes, bytes.count)]))
      }
    }
    queuedBytes += bytes.count
    if queuedBytes >= limits.outboundHighWater { isCrowded = true }
  }

  func finish(trailers: HeaderBlock?) {
    guard !isFinished else { return }
    isFinished = true
    self.trailers = trailers
  }

  func askedUnmoved() -> Int {
    unmoved += 1
    return unmoved
  }

  /// Moves as many bytes as fit; returns true when a crowded queue became writable by it.
  func fill(_ output: inout OutputRawSpan, limits: HTTP2Limits) -> Bool {
    unmoved = 0
    while output.freeCapacity > 0, front < chunks.count {
      let count = min(output.freeCapacity, chunks[front].count - frontOffset)
      output.append(chunks[front], from: frontOffset, count: count)
      queuedBytes -= count
      frontOffset += count
      if frontOffset == chunks[front].count { dropFront() }
    }
    guard isCrowded, queuedBytes <= limits.outboundLowWater else { return false }
    isCrowded = false
    return true
  }

  private func dropFront() {
    chunks[front] = []
    front += 1
    frontOffset = 0
    if front == chunks.count {
      chunks.removeAll(keepingCapacity: true)
      front = 0
    } else if front > 64 {
      chunks.removeFirst(front)
      front = 0
    }
  }
}

extension OutputRawSpan {
  fileprivate mutating func append(_ bytes: [UInt8], from offset: Int, count: Int) {
    unsafe withUnsafeMutableBytes { buffer, initialized in
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe (buffer.baseAddress! + initialized)
          .copyMemory(from: bytes.baseAddress! + offset, byteCount: count)
      }
      initialized += count
    }
  }
}
