/// The low three bits of a field's tag: how to find the end of its value.
package enum WireType: UInt8, Sendable {
  case varint = 0
  case fixed64 = 1
  case lengthDelimited = 2
  case startGroup = 3
  case endGroup = 4
  case fixed32 = 5
}

/// Bounds on field numbers (protobuf.dev, "Assigning Field Numbers").
package enum FieldNumber {
  package static let maximum: UInt32 = 536_870_911
  /// Carries what protobuf-c cannot hold through its unpacking; no `.proto` may use it.
  static let carrier = maximum
}
