/// The fields of a message that its type does not know, as they came, in order.
///
/// They are part of the message's equality and are written out again after the known fields.
package struct UnknownFields: Hashable, Sendable {
  /// Complete fields, tags included.
  package var bytes: [UInt8]

  package init() { bytes = [] }

  /// `bytes` must be complete, well-formed fields.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  package var isEmpty: Bool { bytes.isEmpty }
}
