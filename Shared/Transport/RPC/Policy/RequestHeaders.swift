package import HTTP2

/// Builds the header blocks of requests (PROTOCOL-HTTP2, "Requests"): the part that all calls of a
/// method share is made once.
package struct RequestHeaders: Sendable {
  /// Methods whose part is kept; a client that makes up names must not fill the memory.
  private static let templatesMaximum = 256

  private let scheme: String
  private let authority: String
  private let userAgent: String
  private var templates: [MethodName: HeaderBlock] = [:]
  /// The one used last: most clients call one method again and again.
  private var last: (method: MethodName, block: HeaderBlock)?

  package init(scheme: String, authority: String, userAgent: String) {
    self.scheme = scheme
    self.authority = authority
    self.userAgent = userAgent
  }

  /// `attempts` counts those before this one; `remaining` is what is left until the deadline.
  package mutating func block(
    _ method: MethodName, remaining: Duration?, compress: Bool, previousAttempts: Int,
    _ metadata: Metadata
  ) -> HeaderBlock {
    var block = template(method)
    if let remaining { block.append("grpc-timeout", Timeout.text(remaining)) }
    if compress { block.append("grpc-encoding", Compression.gzip.name) }
    if previousAttempts > 0 {
      block.append("grpc-previous-rpc-attempts", String(previousAttempts))
    }
    metadata.forEach { block.append(name: $0, value: $1) }
    return block
  }

  private mutating func template(_ method: MethodName) -> HeaderBlock {
    if let last, last.method == method { return last.block }
    if let known = templates[method] {
      last = (method, known)
      return known
    }
    let block: HeaderBlock = [
      ":method": "POST", ":scheme": scheme, ":path": method.path, ":authority": authority,
      "te": "trailers", "content-type": "application/grpc", "user-agent": userAgent,
      "grpc-accept-encoding": Compression.accepted,
    ]
    if templates.count < Self.templatesMaximum { templates[method] = block }
    return block
  }
}
