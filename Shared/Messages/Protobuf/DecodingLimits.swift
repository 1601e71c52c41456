/// How much one message may cost to decode, whatever its bytes claim.
package struct DecodingLimits: Hashable, Sendable {
  /// Length of the encoded message in bytes.
  package var bytes: Int
  /// Levels of nested messages and groups below the outermost message.
  package var depth: Int
  /// Sub-messages, unpacked repeated elements, map entries and unknown fields, all together.
  package var elements: Int
  /// Bytes that the decoded form may take; bounds packed fields and large message types.
  package var memory: Int

  package init(
    bytes: Int = 4 << 20, depth: Int = 100, elements: Int = 250_000, memory: Int = 32 << 20
  ) {
    self.bytes = bytes
    self.depth = depth
    self.elements = elements
    self.memory = memory
  }

  package static let standard = DecodingLimits()
}
