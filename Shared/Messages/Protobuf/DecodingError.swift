/// Why bytes are no message of the wanted type, and where in them that shows.
package struct DecodingError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Reason: Hashable, Sendable {
    /// The bytes end inside a field.
    case truncated
    /// A varint of more than ten bytes, or a tag or length of more than five.
    case malformedVarint
    /// Field number 0, a number over 536,870,911, or wire type 6 or 7.
    case invalidTag
    /// A group that ends without its start, or never ends.
    case unmatchedGroup
    /// A packed field whose length is no multiple of its elements'.
    case malformedPacked(field: String)
    case invalidUTF8(field: String)
    /// Groups nested deeper than what is left of the depth limit; told as `overLimit`.
    case tooDeep
    /// One of `DecodingLimits` was passed.
    case overLimit(name: String, allowed: Int)
    /// protobuf-c refused what the scan let through.
    case refused
    /// A message of a type that is not known; of dynamic messages only.
    case unknownType(String)
  }

  package let reason: Reason
  /// Full name of the message being decoded.
  package let message: String
  /// Where in the bytes, counted from 0.
  package let offset: Int

  package init(reason: Reason, message: String, offset: Int) {
    self.reason = reason
    self.message = message
    self.offset = offset
  }

  package var description: String {
    "\(message) cannot be decoded: \(reason) at byte \(offset)"
  }
}

extension DecodingError.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .truncated: "truncated"
    case .malformedVarint: "malformed varint"
    case .invalidTag: "invalid field tag"
    case .unmatchedGroup: "unmatched group"
    case .malformedPacked(let field): "malformed packed field \(field)"
    case .invalidUTF8(let field): "invalid UTF-8 in \(field)"
    case .tooDeep: "groups nested too deeply"
    case .overLimit(let name, let allowed): "more than \(allowed) \(name)"
    case .refused: "refused by protobuf-c"
    case .unknownType(let name): "the type \"\(name)\" is not known here"
    }
  }
}
