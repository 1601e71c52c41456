internal import HTTP2

/// Which streams may go on with messages that are not whole yet.
///
/// A message is given window beyond the stream's own so that it can become whole, and what has come
/// of it is kept until then. When that is too much on one connection, one stream at a time goes on,
/// so that it gets done and the others wait: in all there are no more than the limit, one message,
/// and the windows that were open.
struct PartialMessages {
  private let limit: Int
  private var bytes = 0
  private var favoured: StreamID?

  init(limit: Int) { self.limit = limit }

  /// What a stream keeps has grown or shrunk. True when others may be let go on by that.
  mutating func changed(by difference: Int, of stream: StreamID, isWhole: Bool) -> Bool {
    let wasOver = bytes > limit
    bytes += difference
    let givesWay = isWhole && favoured == stream
    if givesWay { favoured = nil }
    return wasOver && (givesWay || bytes <= limit)
  }

  func favours(_ stream: StreamID) -> Bool { favoured == stream }

  /// Whether the stream may go on; the first to be told so, above the limit, is the one.
  mutating func letsGrow(_ stream: StreamID) -> Bool {
    guard bytes > limit else { return true }
    if favoured == nil { favoured = stream }
    return favoured == stream
  }
}
