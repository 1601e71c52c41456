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
  package init(http2ErrorCode: UInt32) {
    switch http2ErrorCode {
    case 0x7: self = .unavailable
    case 0x8: self = .cancelled
    case 0xb: self = .resourceExhausted
    case 0xc: self = .permissionDenied
    default: self = .internal
    }
  }
}

/// The name of an HTTP/2 error code in RFC 9113, section 7.
package func http2ErrorName(_ code: UInt32) -> String {
  let names = [
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
    "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
    "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
  ]
  return Int(code) < names.count ? names[Int(code)] : "error code \(code)"
}
