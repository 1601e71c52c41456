/// Who may read a record; each level includes those behind it.
package enum AccessLevel: Int, Hashable, Sendable, Comparable, CaseIterable {
  /// Everyone, without signing in.
  case everyone = 1
  case members = 2
  /// Members of the body concerned.
  case bodyMembers = 3
  case leadership = 4

  package static func < (one: AccessLevel, other: AccessLevel) -> Bool {
    one.rawValue < other.rawValue
  }
}
