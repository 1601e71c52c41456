package import HTTP2

/// What the header block of a request says (PROTOCOL-HTTP2, "Requests").
package struct RequestHead: Sendable {
  package var path: ArraySlice<UInt8> = []
  package var timeout: Duration?
  /// How the caller compresses its messages.
  package var encoding = Compression.identity
  /// The caller takes gzip.
  package var acceptsGzip = false
  package var contentType: ContentType = .missing

  package enum ContentType: Sendable, Hashable { case grpc, other, missing }

  private var isPost = false
  private var expectsTrailers = false
  private var fault: RPCError?

  /// Why a request cannot become a call.
  package enum Refusal: Error, Hashable, Sendable {
    /// Not gRPC at all: a status of HTTP, and a sentence.
    case http(Int, String)
    /// A gRPC client that hears a status of gRPC.
    case grpc(RPCError)
  }

  /// Reads a request, or says how to refuse it.
  package static func read(_ block: HeaderBlock, limits: HTTP2Limits) throws(Refusal)
    -> RequestHead
  {
    var head = RequestHead()
    for index in 0..<block.count { head.take(block, index) }
    try head.check(block, limits)
    return head
  }

  private mutating func take(_ block: HeaderBlock, _ index: Int) {
    switch block.nameCount(index) {
    case 2 where block.isNamed("te", index):
      expectsTrailers = block.hasValue("trailers", index)
    case 5 where block.isNamed(":path", index): path = block.value(index)
    case 7 where block.isNamed(":method", index): isPost = block.hasValue("POST", index)
    case 12 where block.isNamed("content-type", index):
      contentType =
        block.hasValue("application/grpc", index) ? .grpc : Self.contentType(block.value(index))
    case 12 where block.isNamed("grpc-timeout", index): takeTimeout(block.value(index))
    case 13 where block.isNamed("grpc-encoding", index): takeEncoding(block.value(index))
    case 20 where block.isNamed("grpc-accept-encoding", index):
      acceptsGzip = Compression.acceptsGzip(block.value(index))
    default:
      if block.nameCount(index) > 4, block.nameEnds(with: "-bin", index),
        Metadata.binaryValues(block.value(index)) == nil
      {
        let name = String(decoding: block.name(index), as: UTF8.self)
        blame(.internal, "the value of \(name) is not base64")
      }
    }
  }

  private mutating func takeTimeout(_ value: ArraySlice<UInt8>) {
    guard let parsed = Timeout.parse(value) else {
      let text = String(decoding: value.prefix(32), as: UTF8.self)
      return blame(
        .internal, "grpc-timeout \"\(text)\" is not one to eight digits and a unit of H M S m u n")
    }
    timeout = parsed
  }

  private mutating func takeEncoding(_ value: ArraySlice<UInt8>) {
    guard let known = Compression(name: value) else {
      let text = String(decoding: value.prefix(32), as: UTF8.self)
      return blame(
        .unimplemented, "grpc-encoding \"\(text)\" is not supported; \(Compression.accepted) are")
    }
    encoding = known
  }

  private mutating func blame(_ code: StatusCode, _ message: String) {
    if fault == nil { fault = RPCError(code, message).reason("MALFORMED_REQUEST") }
  }

  private func check(_ block: HeaderBlock, _ limits: HTTP2Limits) throws(Refusal) {
    if block.isTruncated { throw tooLarge(block, limits) }
    guard isPost else { throw .http(405, "gRPC calls are POST requests") }
    guard contentType == .grpc else {
      throw .http(415, "the content-type of a gRPC call is application/grpc")
    }
    guard expectsTrailers else {
      throw .grpc(
        RPCError(.internal, "the header \"te: trailers\" is missing; a proxy may have dropped it")
          .reason("MALFORMED_REQUEST"))
    }
    if let fault { throw .grpc(fault) }
  }

  private func tooLarge(_ block: HeaderBlock, _ limits: HTTP2Limits) -> Refusal {
    let message =
      "request headers of \(block.listBytes) bytes in \(block.fieldsSeen) fields are larger than "
      + "the server's limits (max-header-list-bytes \(limits.maxHeaderListBytes), "
      + "max-header-fields \(limits.maxHeaderFields))"
    return contentType == .grpc
      ? .grpc(RPCError(.resourceExhausted, message)) : .http(431, message)
  }

  /// `application/grpc`, alone or with `+proto` or parameters: the formats we decode.
  private static func contentType(_ value: ArraySlice<UInt8>) -> ContentType {
    let prefix = "application/grpc"
    guard value.starts(with: prefix.utf8) else { return .other }
    let rest = value.dropFirst(prefix.utf8.count)
    if rest.isEmpty || rest.first == UInt8(ascii: ";") || rest.first == UInt8(ascii: " ") {
      return .grpc
    }
    let proto = rest.prefix(6)
    let after = rest.dropFirst(6).first
    return proto.elementsEqual("+proto".utf8)
      && (after == nil || after == UInt8(ascii: ";") || after == UInt8(ascii: " "))
      ? .grpc : .other
  }
}
