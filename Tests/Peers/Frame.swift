/// One HTTP/2 frame (RFC 9113 4.1), legal or not.
package struct Frame: Hashable, Sendable {
  package var kind: Kind
  package var flags: Flags
  package var stream: UInt32
  package var payload: [UInt8]

  package init(_ kind: Kind, _ flags: Flags = [], stream: UInt32 = 0, payload: [UInt8] = []) {
    self.kind = kind
    self.flags = flags
    self.stream = stream
    self.payload = payload
  }

  /// Length, type, flags and stream.
  package static let headerCount = 9

  /// What every endpoint must take (RFC 9113 4.2).
  package static let maximumPayload = 16_384

  package struct Kind: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let data = Kind(rawValue: 0)
    package static let headers = Kind(rawValue: 1)
    package static let priority = Kind(rawValue: 2)
    package static let resetStream = Kind(rawValue: 3)
    package static let settings = Kind(rawValue: 4)
    package static let pushPromise = Kind(rawValue: 5)
    package static let ping = Kind(rawValue: 6)
    package static let goAway = Kind(rawValue: 7)
    package static let windowUpdate = Kind(rawValue: 8)
    package static let continuation = Kind(rawValue: 9)

    /// The names of RFC 9113 section 6, by type.
    package static let names = [
      "DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY",
      "WINDOW_UPDATE", "CONTINUATION",
    ]

    package init?(name: String) {
      guard let index = Self.names.firstIndex(of: name) else { return nil }
      self.init(rawValue: UInt8(index))
    }

    package var name: String {
      rawValue < Self.names.count ? Self.names[Int(rawValue)] : "type \(rawValue)"
    }
  }

  package struct Flags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let endStream = Flags(rawValue: 0x1)
    package static let ack = Flags(rawValue: 0x1)
    package static let endHeaders = Flags(rawValue: 0x4)
    package static let padded = Flags(rawValue: 0x8)
    package static let priority = Flags(rawValue: 0x20)
  }

  package var bytes: [UInt8] {
    var bytes = Array(UInt32(payload.count).bigEndianBytes.dropFirst())
    bytes += [kind.rawValue, flags.rawValue]
    bytes += stream.bigEndianBytes
    bytes += payload
    return bytes
  }

  /// Takes the first frame off `bytes`; nil while it is not whole.
  package init?(takingFrom bytes: inout ArraySlice<UInt8>) {
    guard bytes.count >= Self.headerCount else { return nil }
    let header = Array(bytes.prefix(Self.headerCount))
    let length = Int(UInt32(bigEndianBytes: [0] + header[0..<3]))
    guard bytes.count >= Self.headerCount + length else { return nil }
    self.init(
      Kind(rawValue: header[3]), Flags(rawValue: header[4]),
      stream: UInt32(bigEndianBytes: header[5..<9]) & 0x7fff_ffff,
      payload: Array(bytes.dropFirst(Self.headerCount).prefix(length)))
    bytes = bytes.dropFirst(Self.headerCount + length)
  }

  /// The number at `offset` of the payload; nil beyond its end.
  package func number(at offset: Int) -> UInt32? {
    guard payload.count >= offset + 4 else { return nil }
    return UInt32(bigEndianBytes: payload[offset..<offset + 4])
  }
}

extension UInt32 {
  package var bigEndianBytes: [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) }
  }

  package init(bigEndianBytes bytes: some Sequence<UInt8>) {
    self = bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }
}

/// The error codes of RFC 9113 section 7, by number.
package enum ErrorCode: UInt32, Sendable, CaseIterable {
  case noError, protocolError, internalError, flowControlError, settingsTimeout, streamClosed
  case frameSizeError, refusedStream, cancel, compressionError, connectError, enhanceYourCalm
  case inadequateSecurity, http11Required

  /// The name in the RFC, `FRAME_SIZE_ERROR`.
  package var name: String {
    switch self {
    case .noError: "NO_ERROR"
    case .protocolError: "PROTOCOL_ERROR"
    case .internalError: "INTERNAL_ERROR"
    case .flowControlError: "FLOW_CONTROL_ERROR"
    case .settingsTimeout: "SETTINGS_TIMEOUT"
    case .streamClosed: "STREAM_CLOSED"
    case .frameSizeError: "FRAME_SIZE_ERROR"
    case .refusedStream: "REFUSED_STREAM"
    case .cancel: "CANCEL"
    case .compressionError: "COMPRESSION_ERROR"
    case .connectError: "CONNECT_ERROR"
    case .enhanceYourCalm: "ENHANCE_YOUR_CALM"
    case .inadequateSecurity: "INADEQUATE_SECURITY"
    case .http11Required: "HTTP_1_1_REQUIRED"
    }
  }

  package init?(name: String) {
    guard let code = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = code
  }
}
