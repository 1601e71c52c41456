/// Something the peer did, or something that became possible.
package enum HTTP2Event: Sendable {
  /// A complete header block. On a server the first of a stream is a request.
  case headers(StreamID, HeaderBlock, HeadersKind)
  /// Body bytes: a range of the bytes that were just given to `receive`. They count against the
  /// stream's window until `consume` is called for them.
  case data(StreamID, Range<Int>)
  /// The peer will send no more on this stream.
  case endOfStream(StreamID)
  /// On a server: the whole answer is sent while the peer may still be sending.
  case sentEndOfStream(StreamID)
  /// The stream is gone, whoever ended it; its number means nothing from here on.
  case closed(StreamID, HTTP2ErrorCode)
  /// The stream's queue fell to `outboundLowWater` after it had been above `outboundHighWater`.
  case writable(StreamID)
  case goAway(lastStream: StreamID, HTTP2ErrorCode, reason: String)
  case settings
  case settingsAcknowledged
  case ping(UInt64)
  case pong(UInt64)
}

/// Where in a stream a header block stands.
package enum HeadersKind: Sendable, Hashable {
  case request, response, informational, trailers
}
