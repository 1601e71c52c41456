/// From a day on, up to another that is no longer part of it.
package struct Period: Hashable, Sendable {
  package let from: Day
  package let until: Day

  package init(from: Day = .distantPast, until: Day = .distantFuture) {
    self.from = from
    self.until = until
  }

  package static let always = Period()

  package var isEmpty: Bool { from >= until }

  package func contains(_ day: Day) -> Bool { from <= day && day < until }

  package func intersection(_ other: Period) -> Period {
    Period(from: max(from, other.from), until: min(until, other.until))
  }

  package func overlaps(_ other: Period) -> Bool { !intersection(other).isEmpty }
}

extension Period: CustomStringConvertible {
  /// `2019-01-01..2020-01-01`, with nothing where it has no border.
  package var description: String {
    let first = from == .distantPast ? "" : from.description
    let last = until == .distantFuture ? "" : until.description
    return first + ".." + last
  }
}
