/// The number of a stream: odd when the client opened it, 0 for the connection itself.
@usableFromInline
package struct StreamID: RawRepresentable, Hashable, Comparable, Sendable,
  CustomStringConvertible
{
  package static let connection = StreamID(0)

  @usableFromInline package let rawValue: Int32

  @inlinable package init(rawValue: Int32) { self.rawValue = rawValue }
  @inlinable package init(_ rawValue: Int32) { self.rawValue = rawValue }

  @inlinable package static func < (left: Self, right: Self) -> Bool {
    left.rawValue < right.rawValue
  }

  @usableFromInline package var description: String { String(rawValue) }
}
