internal import Protobuf
package import WellKnown

/// `grpc-status-details-bin`: the whole status as a `google.rpc.Status` message.
package enum StatusDetails {
  package static func encode(_ error: RPCError) -> [UInt8] {
    GoogleRPC.Status(
      code: Int32(error.code.rawValue), message: error.message, details: error.details
    ).encoded()
  }

  /// The details of an answer; none when the bytes are no status.
  package static func decode(_ bytes: [UInt8]) -> [GoogleProtobuf.`Any`] {
    (try? GoogleRPC.Status(decoding: bytes))?.details ?? []
  }
}

extension RPCError {
  /// The same error with a machine-readable reason: `google.rpc.ErrorInfo` of our domain.
  package func reason(_ reason: String, _ metadata: [String: String] = [:]) -> RPCError {
    var error = self
    let info = GoogleRPC.ErrorInfo(reason: reason, domain: Self.domain, metadata: metadata)
    error.details.append(GoogleProtobuf.`Any`(packing: info))
    return error
  }

  /// The reason of the first `ErrorInfo` among the details.
  package var reason: String? { errorInfo?.reason }

  package var errorInfo: GoogleRPC.ErrorInfo? {
    details.lazy.compactMap { $0.unpacked(as: GoogleRPC.ErrorInfo.self) }.first
  }

  /// The `domain` of every `ErrorInfo` of ours.
  package static let domain = "cabildo"
}
