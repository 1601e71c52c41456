import ChangeFeed
import MembershipDomain
import Storage
import Vocabulary

/// A page of a list: rows in an order that an index keeps, behind the last row of the page before.
struct MemberListing {
  let query: MemberQuery
  let asOf: AsOf
  let showDeleted: Bool
  let clearance: AccessLevel

  /// Where a row stands in the order.
  struct Place: Hashable, Sendable {
    let key: PageToken.Value
    let number: Int64
  }

  /// What the page has, and the place of each.
  struct Entry: Hashable, Sendable {
    let record: MemberRecord
    let place: Place
  }

  /// At most `limit` rows. Of an earlier recorded time those that still hold and those that do not
  /// come from indexes of their own, and are merged.
  func page(_ transaction: any Transaction, after place: Place?, limit: Int) throws -> [Entry] {
    let parts = try statements(after: place, limit: limit).map { statement in
      try transaction.rows(statement).map(entry)
    }
    guard parts.count > 1 else { return parts[0] }
    return Array(parts.joined().sorted { $0.place.precedes($1.place) }.prefix(limit))
  }

  /// The statements of a page, one for each index that it needs.
  func statements(after place: Place?, limit: Int) -> [SQL] {
    let now = statement(MemberRow.holdsNow, after: place, limit: limit)
    guard asOf.recorded != nil else { return [now] }
    return [now, statement(MemberRow.heldBefore, after: place, limit: limit)]
  }

  private func statement(_ part: SQL, after place: Place?, limit: Int) -> SQL {
    var conditions = [part]
    let filter = query.filter
    if let section = filter.section { conditions.append("r.section = \(section)") }
    if let country = filter.country { conditions.append("r.country = \(country)") }
    if let kind = filter.kind { conditions.append("r.kind = \(kind.rawValue)") }
    if let status = filter.status { conditions.append("r.status = \(status)") }
    if let place { conditions.append(isBehind(place)) }
    conditions.append(MemberRow.holds(at: asOf))
    conditions.append("r.access <= \(clearance.rawValue)")
    if !showDeleted { conditions.append("r.deleted_at IS NULL") }
    let direction = isDescending ? "DESC" : "ASC"
    return """
      SELECT \(MemberRow.columns(asOf.recorded)) FROM member_revision r
      WHERE \(SQL.joined(conditions, by: " AND "))
      ORDER BY r.\(raw: column) \(raw: direction), r.member \(raw: direction) LIMIT \(limit)
      """
  }

  private func isBehind(_ place: Place) -> SQL {
    let comparison = isDescending ? "<" : ">"
    return "(r.\(raw: column), r.member) \(raw: comparison) (\(place.key.bound), \(place.number))"
  }

  private var column: String {
    switch query.order {
    case .displayName: "display_key"
    case .population, .populationDescending: "population"
    case .updateTimeDescending: "updated_at"
    }
  }

  private var isDescending: Bool {
    switch query.order {
    case .displayName, .population: false
    case .populationDescending, .updateTimeDescending: true
    }
  }

  private func entry(_ row: Row) throws -> Entry {
    let member = try MemberRow(row)
    let key: PageToken.Value =
      query.order == .displayName
      ? .bytes(try row.bytes("display_key")) : .integer(try row.int64(column))
    return Entry(record: member.record, place: Place(key: key, number: member.number))
  }
}

extension MemberListing.Place {
  fileprivate func precedes(_ other: Self) -> Bool {
    guard case .bytes(let mine) = key, case .bytes(let others) = other.key, mine != others else {
      return number < other.number
    }
    return mine.lexicographicallyPrecedes(others)
  }
}

extension PageToken.Value {
  /// The value as it is bound in a statement.
  var bound: SQLValue {
    switch self {
    case .integer(let number): .integer(number)
    case .bytes(let bytes): .bytes(bytes)
    }
  }
}
