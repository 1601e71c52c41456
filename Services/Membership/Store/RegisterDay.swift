import ChangeFeed
import MembershipDomain
import Storage
import Vocabulary

/// How far the feed has followed the days.
struct RegisterDay {
  let transaction: any Transaction

  /// The last day whose beginning the feed has told of; nil in a new store.
  func last() throws -> Day? {
    try transaction.rows("SELECT day FROM register_day").first
      .map { Day(number: try $0.integer("day")) }
  }

  /// Tells of every member of which something else holds than on the last day, if this is another.
  func begin(_ today: Day, _ log: ChangeLog) throws {
    let last = try last()
    guard last != today else { return }
    if let last, last < today {
      let register = MemberRegister(transaction, log, today: today)
      for id in try beginning(after: last, until: today) {
        try register.tellAgain(id, since: last)
      }
    }
    try transaction.run(
      """
      INSERT INTO register_day (id, day) VALUES (1, \(today.number))
      ON CONFLICT (id) DO UPDATE SET day = excluded.day
      """)
  }

  private func beginning(after last: Day, until today: Day) throws -> [ResourceID] {
    let rows = try transaction.rows(
      """
      SELECT DISTINCT m.number, m.id FROM member_revision r JOIN member m ON m.number = r.member
      WHERE \(MemberRow.holdsNow) AND r.valid_from > \(last.number)
        AND r.valid_from <= \(today.number) AND r.deleted_at IS NULL
      ORDER BY m.number
      """)
    return try rows.compactMap { ResourceID(try $0.text("id")) }
  }
}
