package import HTTP2

// What a failure below gRPC means in gRPC's codes.

extension StatusCode {
  /// For an answer without `grpc-status` (gRPC's `http-grpc-status-mapping`).
  package init(httpStatus: Int) {
    switch httpStatus {
    case 400: self = .internal
    case 401: self = .unauthenticated
    case 403: self = .permissionDenied
    case 404: self = .unimplemented
    case 429, 502, 503, 504: self = .unavailable
    default: self = .unknown
    }
  }

  /// For RST_STREAM (PROTOCOL-HTTP2, "Errors"). Codes it does not list are INTERNAL, as is
  /// STREAM_CLOSED, which should not reach an open call.
  package init(_ errorCode: HTTP2ErrorCode) {
    switch errorCode {
    case .refusedStream: self = .unavailable
    case .cancel: self = .cancelled
    case .enhanceYourCalm: self = .resourceExhausted
    case .inadequateSecurity: self = .permissionDenied
    default: self = .internal
    }
  }
}
