/// The number of a stream: odd when the client opened it, 0 for the connection itself.
package struct StreamID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  package static let connection = StreamID(0)

  package let rawValue: Int32

  package init(rawValue: Int32) { self.rawValue = rawValue }
  package init(_ rawValue: Int32) { self.rawValue = rawValue }

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  package var description: String { String(rawValue) }
}
