internal import HTTP2

/// The life of every stream, as the events tell it: what may follow what.
struct HTTP2Streams {
  private struct Stream {
    var messages = 0
    var hasTrailers = false
    var hasEnded = false
  }

  private let isServer: Bool
  private var open: [StreamID: Stream] = [:]
  private var closed: Set<StreamID> = []
  private var highest = StreamID.connection

  init(_ role: HTTP2Session.Role) { isServer = role == .server }

  var count: Int { open.count }

  /// A stream that was opened here.
  mutating func opened(_ stream: StreamID) { open[stream] = Stream() }

  mutating func check(_ event: SeenEvent, _ limits: HTTP2Limits) throws(Finding) {
    switch event {
    case .headers(let stream, let block, let kind):
      try expect(
        block.listBytes <= limits.maxHeaderListBytes && block.count <= limits.maxHeaderFields
          || block.isTruncated, "a header list over the limits is whole")
      try headers(stream, kind)
    case .data(let stream, _):
      guard let state = open[stream] else { throw Finding("DATA on stream \(stream)") }
      try expect(
        !state.hasEnded && state.messages > 0 && !state.hasTrailers, "DATA at the wrong place")
    case .endOfStream(let stream):
      try expect(open[stream]?.hasEnded == false, "an end of stream \(stream) too many")
      open[stream]?.hasEnded = true
    case .closed(let stream, _):
      try expect(closed.insert(stream).inserted, "stream \(stream) is closed twice")
      open[stream] = nil
    case .goAway, .other: break
    }
  }

  private mutating func headers(_ stream: StreamID, _ kind: HeadersKind) throws(Finding) {
    if kind == .request {
      try expect(isServer, "a client hears a request")
      try expect(stream > highest && stream.rawValue & 1 == 1, "a request on stream \(stream)")
      highest = stream
      open[stream] = Stream(messages: 1)
      return
    }
    guard var state = open[stream] else { throw Finding("HEADERS on stream \(stream)") }
    try expect(!state.hasEnded && !state.hasTrailers, "HEADERS behind the end")
    switch kind {
    case .response:
      try expect(!isServer, "a server hears an answer")
      state.messages += 1
      try expect(state.messages == 1, "two answers to one request")
    case .trailers:
      try expect(state.messages > 0, "trailers before headers")
      state.hasTrailers = true
    case .informational, .request: break
    }
    open[stream] = state
  }
}
