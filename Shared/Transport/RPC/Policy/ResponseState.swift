package import HTTP2

/// Reads the header blocks of one answer (PROTOCOL-HTTP2, "Responses") and says how the call ends.
///
/// Servers and proxies that are not gRPC's are expected: what they send becomes a status with a
/// reason.
package struct ResponseState: Sendable {
  package enum Step: Sendable {
    case nothing
    /// Response headers: messages or trailers follow.
    case started(Metadata)
    /// The status arrived; OK carries no error.
    case ended(RPCError?, trailing: Metadata)
    /// This is no answer of gRPC: the stream should be reset.
    case broken(RPCError)
  }

  /// How the server compresses; nil when its name for it is unknown here.
  package private(set) var encoding: Compression? = .identity
  package private(set) var hasStarted = false
  private let limits: HTTP2Limits

  package init(limits: HTTP2Limits) { self.limits = limits }

  package mutating func headers(_ block: HeaderBlock, _ kind: HeadersKind, endsStream: Bool)
    -> Step
  {
    if block.isTruncated { return .broken(tooLarge(block)) }
    switch kind {
    case .informational: return .nothing
    case .response where endsStream: return trailersOnly(block)
    case .response: return begin(block)
    case .trailers, .request: return status(block)
    }
  }

  /// The stream ended without trailers, and so without a status: gRPC's table of HTTP statuses has
  /// UNKNOWN for a 200 without one, and so have grpc's own clients.
  package func endedWithoutTrailers() -> RPCError {
    .malformedResponse(.unknown, "the stream ended without trailers")
  }

  private mutating func begin(_ block: HeaderBlock) -> Step {
    if let fault = faultOfHead(block) { return .broken(fault) }
    if let index = block.index("grpc-encoding") {
      encoding = Compression(name: block.value(index))
    }
    hasStarted = true
    return .started(Metadata(block))
  }

  private func trailersOnly(_ block: HeaderBlock) -> Step {
    if block.first("grpc-status") == nil, let fault = faultOfHead(block) { return .broken(fault) }
    return status(block)
  }

  private func faultOfHead(_ block: HeaderBlock) -> RPCError? {
    let statusField = block.index(":status")
    guard let statusField, block.hasValue("200", statusField) else {
      let status = block.first(":status") ?? ""
      return .malformedResponse(
        StatusCode(httpStatus: Int(status) ?? 0), "HTTP status \(status)", ["http_status": status])
    }
    guard let type = block.index("content-type") else {
      return .malformedResponse(.unknown, "the answer has no content-type")
    }
    guard block.value(type).starts(with: "application/grpc".utf8) else {
      let text = String(decoding: block.value(type).prefix(64), as: UTF8.self)
      return .malformedResponse(.unknown, "content-type \"\(text)\"")
    }
    return nil
  }

  private func status(_ block: HeaderBlock) -> Step {
    let metadata = Metadata(block)
    guard let field = block.index("grpc-status") else {
      return .broken(.malformedResponse(.unknown, "the trailers have no grpc-status"))
    }
    guard block.index("grpc-status", from: field + 1) == nil else {
      return .broken(.malformedResponse(.unknown, "the trailers have more than one grpc-status"))
    }
    if block.hasValue("0", field) { return .ended(nil, trailing: metadata) }
    let text = String(decoding: block.value(field), as: UTF8.self)
    let message = block.firstValue("grpc-message").map { PercentEncoding.decode($0) } ?? ""
    let number = text.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? Int(text) : nil
    guard let number, let code = StatusCode(rawValue: number) else {
      var error = RPCError.malformedResponse(
        .unknown,
        "grpc-status \"\(text.prefix(16))\" is none"
          + (message.isEmpty ? "" : ", with the message: \(message)"))
      // A code of a later day is still a status; a word is none.
      if number != nil { error.metadata = metadata }
      return .ended(error, trailing: metadata)
    }
    let details = metadata[binary: "grpc-status-details-bin"].map(StatusDetails.decode) ?? []
    let error = RPCError(code, message, details: details, metadata: metadata)
    return .ended(error, trailing: metadata)
  }

  private func tooLarge(_ block: HeaderBlock) -> RPCError {
    RPCError(
      .resourceExhausted,
      "response headers of \(block.listBytes) bytes in \(block.fieldsSeen) fields are larger than "
        + "the client's limits (maxHeaderListBytes \(limits.maxHeaderListBytes), "
        + "maxHeaderFields \(limits.maxHeaderFields))"
    ).reason(RPCError.headersTooLarge)
  }
}

extension RPCError {
  /// Reasons of RESOURCE_EXHAUSTED that the transport itself gives.
  package static let headersTooLarge = "HEADERS_TOO_LARGE"
  package static let tooManyWaiting = "TOO_MANY_WAITING_CALLS"

  /// An answer that breaks gRPC: the code its table gives, and MALFORMED_RESPONSE as the reason.
  package static func malformedResponse(
    _ code: StatusCode, _ what: String, _ metadata: [String: String] = [:]
  ) -> RPCError {
    let failure = TransportFailure.malformedResponse(what)
    return RPCError(code, failure.explanation).reason(failure.reason, metadata)
  }

  /// What a caller hears of a transport that failed: which target, which address, and why.
  package init(_ failure: TransportFailure, target: String, address: String? = nil) {
    var metadata = ["target": target]
    metadata["address"] = address
    let place = address.map { $0 == target ? target : "\(target) (\($0))" } ?? target
    self = RPCError(failure.code, "\(place): \(failure.explanation)")
      .reason(failure.reason, metadata)
  }
}

extension HeaderBlock {
  /// Where the first field of this name is, not before `start`.
  fileprivate func index(_ name: StaticString, from start: Int = 0) -> Int? {
    var index = start
    while index < count {
      if isNamed(name, index) { return index }
      index += 1
    }
    return nil
  }

  /// The bytes of the value of the first field of this name.
  fileprivate func firstValue(_ name: StaticString) -> ArraySlice<UInt8>? {
    index(name).map { value($0) }
  }
}
