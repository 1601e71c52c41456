package import Protobuf
package import RPC

/// The name that a caller gave a write (AIP-155), so that the same again happens once.
///
/// A UUID in its usual form, 8-4-4-4-12 hexadecimal digits of either case, of any version but not
/// all zeros. Names are a method's own: one id may stand in calls of two methods.
package struct RequestKey: Sendable, Hashable {
  package let method: MethodName
  /// Lower-case.
  package let id: String
  /// Tells one request from another: of the whole message and of who sent it.
  let fingerprint: String

  /// Nil where the caller gave no id: then a repeated call is another write. Throws
  /// INVALID_ARGUMENT where it gave something else than a UUID.
  package init?(
    _ given: String, of request: some Message, _ method: MethodName, caller: String,
    field: String = "request_id"
  ) throws(RPCError) {
    guard !given.isEmpty else { return nil }
    guard let normalized = Self.normalized(given) else {
      throw .badRequest(
        field, "a UUID such as 0b6b8a4e-52cf-4d1b-9f0e-6c1d2b7a9e35 is wanted, or nothing",
        reason: "REQUEST_ID_INVALID")
    }
    id = normalized
    self.method = method
    // The same id in the other case is the same request.
    let message = request.encoded().replacing(Array(given.utf8), with: Array(normalized.utf8))
    fingerprint = Fingerprint.of([Array(caller.utf8), message])
  }

  private static func normalized(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return nil }
    var digits: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      switch (index, byte) {
      case (8, UInt8(ascii: "-")), (13, UInt8(ascii: "-")), (18, UInt8(ascii: "-")),
        (23, UInt8(ascii: "-")):
        continue
      case (8, _), (13, _), (18, _), (23, _): return nil
      case (_, UInt8(ascii: "0")...UInt8(ascii: "9")), (_, UInt8(ascii: "a")...UInt8(ascii: "f")),
        (_, UInt8(ascii: "A")...UInt8(ascii: "F")):
        digits.append(byte)
      default: return nil
      }
    }
    guard digits.contains(where: { $0 != UInt8(ascii: "0") }) else { return nil }
    return text.lowercased()
  }
}
