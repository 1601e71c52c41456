package import WellKnown

/// The failure of a call, as caller and server both see it: `google.rpc.Status` plus metadata.
package struct RPCError: Error, Hashable, Sendable {
  package var code: StatusCode
  /// For people; percent-encoded into `grpc-message`.
  package var message: String
  /// Packed messages of `google.rpc`, sent in `grpc-status-details-bin`.
  package var details: [GoogleProtobuf.`Any`]
  /// Trailing metadata that travels with the status.
  package var metadata: Metadata
  /// A server sent it and `metadata` are its trailers: the fields of the status go out as they
  /// came, whatever this program understands of them. For one who passes calls on.
  package var isRelayed = false

  package init(
    _ code: StatusCode, _ message: String, details: [GoogleProtobuf.`Any`] = [],
    metadata: Metadata = [:]
  ) {
    self.code = code
    self.message = message
    self.details = details
    self.metadata = metadata
  }
}

/// An error of a domain that knows what a caller should hear.
package protocol RPCErrorConvertible: Error {
  var rpcError: RPCError { get }
}

extension RPCError {
  /// What the caller hears of any error that ends a handler. Of an unforeseen one nothing but that
  /// it happened: the whole of it belongs into the server's log.
  package init(_ error: any Error) {
    switch error {
    case let error as RPCError: self = error
    case let error as any RPCErrorConvertible: self = error.rpcError
    case is CancellationError: self.init(.cancelled, "the call was cancelled")
    default: self.init(.internal, "internal error")
    }
  }
}
