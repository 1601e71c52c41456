/// The error codes of RFC 9113, section 7. Unknown numbers are kept.
package struct HTTP2ErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }
  package init(_ rawValue: UInt32) { self.rawValue = rawValue }

  package static let noError = Self(0x0)
  package static let protocolError = Self(0x1)
  package static let internalError = Self(0x2)
  package static let flowControlError = Self(0x3)
  package static let settingsTimeout = Self(0x4)
  package static let streamClosed = Self(0x5)
  package static let frameSizeError = Self(0x6)
  package static let refusedStream = Self(0x7)
  package static let cancel = Self(0x8)
  package static let compressionError = Self(0x9)
  package static let connectError = Self(0xa)
  package static let enhanceYourCalm = Self(0xb)
  package static let inadequateSecurity = Self(0xc)
  package static let http11Required = Self(0xd)

  private static let names = [
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
    "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
    "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
  ]

  package var description: String {
    rawValue < UInt32(Self.names.count) ? Self.names[Int(rawValue)] : "error code \(rawValue)"
  }
}
