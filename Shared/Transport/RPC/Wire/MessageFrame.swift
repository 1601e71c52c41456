package import Protobuf

/// One message as gRPC frames it: a compressed flag, its length in four bytes, its bytes.
package struct MessageFrame: Sendable, Hashable {
  /// Flag and length.
  package static let prefixCount = 5

  /// Prefix and message.
  package private(set) var bytes: [UInt8]

  /// Frames a message, uncompressed.
  package init(encoding message: some Message) {
    bytes = message.encoded(reserving: Self.prefixCount)
    writePrefix(compressed: false)
  }

  /// Frames bytes that are already encoded.
  package init(payload: some Collection<UInt8>, compressed: Bool = false) {
    bytes = []
    bytes.reserveCapacity(Self.prefixCount + payload.count)
    bytes.append(contentsOf: repeatElement(0, count: Self.prefixCount))
    bytes.append(contentsOf: payload)
    writePrefix(compressed: compressed)
  }

  /// Frames a message again that is passed on as it came.
  package init(_ message: InboundMessage) {
    self.init(payload: message.bytes, compressed: message.isCompressed)
  }

  package var payload: ArraySlice<UInt8> { bytes.dropFirst(Self.prefixCount) }
  package var isCompressed: Bool { bytes[0] == 1 }

  private mutating func writePrefix(compressed: Bool) {
    let count = UInt32(bytes.count - Self.prefixCount)
    bytes[0] = compressed ? 1 : 0
    bytes[1] = UInt8(truncatingIfNeeded: count >> 24)
    bytes[2] = UInt8(truncatingIfNeeded: count >> 16)
    bytes[3] = UInt8(truncatingIfNeeded: count >> 8)
    bytes[4] = UInt8(truncatingIfNeeded: count)
  }
}
