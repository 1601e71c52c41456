package import HTTP2
internal import Protobuf

/// The header blocks of an answer (PROTOCOL-HTTP2, "Responses").
package enum ResponseHeaders {
  /// Bytes of `grpc-message` at most, encoded: a status must never become a header-limit error.
  package static let maxMessageBytes = 1024

  /// What goes out before the first message.
  package static func initial(_ metadata: Metadata, encoding: Compression) -> HeaderBlock {
    guard encoding != .identity || !metadata.isEmpty else { return plain }
    var block = plain
    if encoding != .identity { block.append("grpc-encoding", encoding.name) }
    metadata.forEach { block.append(name: $0, value: $1) }
    return block
  }

  /// The status after messages; nil for OK.
  package static func trailers(_ error: RPCError?, _ metadata: Metadata, limit: Int) -> HeaderBlock
  {
    guard error != nil || !metadata.isEmpty else { return ok }
    var block = HeaderBlock()
    appendStatus(error, metadata, limit, to: &block)
    return block
  }

  /// The status when there were no messages: headers and trailers in one block.
  package static func trailersOnly(_ error: RPCError?, _ metadata: Metadata, limit: Int)
    -> HeaderBlock
  {
    var block = plain
    appendStatus(error, metadata, limit, to: &block)
    return block
  }

  /// The answer to a request that is no call of gRPC. A gRPC client that got here through a wrong
  /// content-type still reads a status.
  package static func refusal(_ status: Int, _ sentence: String) -> HeaderBlock {
    var block: HeaderBlock = [
      ":status": String(status), "content-type": "text/plain; charset=utf-8",
      "grpc-status": String(StatusCode.internal.rawValue),
    ]
    if status == 405 { block.append("allow", "POST") }
    if status == 415 { block.append("accept-post", "application/grpc, application/grpc+proto") }
    block.append(
      name: "grpc-message".utf8, value: PercentEncoding.encode(sentence, limit: maxMessageBytes))
    return block
  }

  private static let plain: HeaderBlock = [
    ":status": "200", "content-type": "application/grpc",
    "grpc-accept-encoding": Compression.accepted,
  ]
  private static let ok: HeaderBlock = ["grpc-status": "0"]

  /// Status first, then what still fits: details, then metadata.
  private static func appendStatus(
    _ error: RPCError?, _ metadata: Metadata, _ limit: Int, to block: inout HeaderBlock
  ) {
    if let error, error.isRelayed, appendRelayed(error.metadata, limit, to: &block) {
      error.metadata.forEach { appendFitting($0, $1, limit, to: &block) }
      metadata.forEach { appendFitting($0, $1, limit, to: &block) }
      return
    }
    block.append("grpc-status", String(error?.code.rawValue ?? 0))
    if let error {
      if !error.message.isEmpty {
        let room = max(0, min(maxMessageBytes, limit - block.listBytes - 64))
        block.append(
          name: "grpc-message".utf8, value: PercentEncoding.encode(error.message, limit: room))
      }
      if !error.details.isEmpty {
        let value = Base64.encode(StatusDetails.encode(error), padded: false)
        appendFitting("grpc-status-details-bin".utf8, value[...], limit, to: &block)
      }
      error.metadata.forEach { appendFitting($0, $1, limit, to: &block) }
    }
    metadata.forEach { appendFitting($0, $1, limit, to: &block) }
  }

  /// The fields that tell how a call ended.
  private static let statusFields = [
    "grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-retry-pushback-ms",
  ]

  /// The status that a server sent, as it came. False where there is none, or no room.
  private static func appendRelayed(
    _ trailers: Metadata, _ limit: Int, to block: inout HeaderBlock
  ) -> Bool {
    var relayed = block
    for name in statusFields {
      guard let value = trailers.field(name) else { continue }
      relayed.append(name: name.utf8, value: value)
    }
    guard trailers.field("grpc-status") != nil, relayed.listBytes <= limit else { return false }
    block = relayed
    return true
  }

  private static func appendFitting(
    _ name: some Collection<UInt8>, _ value: ArraySlice<UInt8>, _ limit: Int,
    to block: inout HeaderBlock
  ) {
    let cost = HeaderBlock.cost(name: name, value: value)
    if block.listBytes + cost <= limit { block.append(name: name, value: value) }
  }
}
