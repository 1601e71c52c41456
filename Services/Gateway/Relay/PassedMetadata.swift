import RPC

// What of the metadata goes on. The fields of HTTP/2 and gRPC themselves do not: each connection
// has its own.

extension ServerCall {
  /// What the service hears: all that the caller said, but who it is and which call this is on the
  /// gateway's own word. In a trace the gateway is a span between the two.
  var passedMetadata: Metadata {
    let isInTrace = TraceParent(metadata) != nil
    var passed = metadata.filtered { name in
      !Self.isGateways(name)
        && (isInTrace || !name.elementsEqual(TraceParent.stateHeaderName.utf8))
    }
    if let id = context.requestID { passed.add(RequestID.header, id) }
    if let trace = context.trace { passed.add(TraceParent.headerName, trace.description) }
    if let host = context.peer.host { passed.add("x-forwarded-for", host) }
    return passed
  }

  /// The id goes back with the answer, also where it was made here.
  func echoRequestID() {
    guard let id = context.requestID, metadata[RequestID.header] != id else { return }
    stream.setInitialMetadata([RequestID.header: id])
  }

  /// Names that the gateway says itself, that a caller could only use to pass for somebody else, or
  /// that are meant for a proxy.
  private static func isGateways(_ name: ArraySlice<UInt8>) -> Bool {
    switch name.first {
    case UInt8(ascii: "x"):
      name.starts(with: "x-forwarded-".utf8) || name.elementsEqual("x-real-ip".utf8)
        || name.elementsEqual(RequestID.header.utf8)
    case UInt8(ascii: "f"): name.elementsEqual("forwarded".utf8)
    case UInt8(ascii: "p"): name.starts(with: "proxy-".utf8)
    case UInt8(ascii: "t"): name.elementsEqual(TraceParent.headerName.utf8)
    default: false
    }
  }
}

extension Metadata {
  /// The gateway says the id of the call itself.
  var withoutRequestID: Metadata {
    guard field(RequestID.header) != nil else { return self }
    return filtered { !$0.elementsEqual(RequestID.header.utf8) }
  }
}

extension Peer {
  /// The numeric address without its port; nil where there is none.
  fileprivate var host: String? {
    guard let colon = address.lastIndex(of: ":") else { return nil }
    let host = address[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { return String(host.dropFirst().dropLast()) }
    return host == "unix" ? nil : String(host)
  }
}
