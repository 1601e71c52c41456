import ChangeFeed
import MembershipDomain
import Storage
import Vocabulary

/// How far the feed has followed the days: what was recorded for a later day holds when it comes,
/// without a write, and the feed then tells of it.
///
/// Of one midnight there may be a whole register to tell. That is done in steps, between which
/// others write; a write first tells of the member that it changes, if that was not done yet.
struct RegisterDay {
  let transaction: any Transaction

  /// What one transaction looks at.
  static let stepMembers = 300

  private struct Progress {
    /// The last day whose beginning the feed has told of.
    var day = Day.distantPast
    /// The day that it is being told of, if that has begun, and behind which revision to go on.
    var target: Day?
    var place = Place.start
  }

  /// Where a revision stands in the order in which they come to hold.
  struct Place: Comparable {
    let validFrom: Int64
    let member: Int64

    static let start = Place(validFrom: .min, member: .min)

    static func < (one: Place, other: Place) -> Bool {
      (one.validFrom, one.member) < (other.validFrom, other.member)
    }
  }

  /// Whether all that holds on a day is told. One that is earlier than that was told of before.
  func isTold(_ today: Day) throws -> Bool { try progress().day >= today }

  /// Tells of some of the members of which something else holds than on the last day; returns
  /// whether that was all.
  func step(_ today: Day, _ log: ChangeLog) throws -> Bool {
    var progress = try progress()
    guard progress.day < today else { return true }
    let target = progress.target ?? today
    let rows = try transaction.rows(
      Self.beginning(after: progress.day, until: target, behind: progress.place))
    let register = MemberRegister(transaction, log, today: target)
    for row in rows {
      progress.place = Place(
        validFrom: try row.int64("valid_from"), member: try row.int64("member"))
      guard let id = ResourceID(try row.text("id")), let stored = try register.find(id),
        // Of several that began the last counts.
        self.place(of: stored, target) == progress.place, stored.updateTime.day < target
      else { continue }
      try register.tellAgain(stored, since: max(progress.day, stored.updateTime.day))
    }
    progress.target = target
    if rows.count < Self.stepMembers { progress = Progress(day: target) }
    try save(progress)
    return progress.day >= today
  }

  /// The day of which the feed shows a member: that of its last change, or a later one that was
  /// told of since.
  func shown(_ stored: StoredMember) throws -> Day {
    let progress = try progress()
    let day = max(progress.day, stored.updateTime.day)
    guard let target = progress.target, let place = place(of: stored, target),
      place <= progress.place
    else { return day }
    return max(day, target)
  }

  /// That of the last revision of a member that has begun by a day.
  private func place(of stored: StoredMember, _ day: Day) -> Place? {
    stored.member.timeline.segments.last { $0.period.from <= day }.map {
      Place(validFrom: Int64($0.period.from.number), member: stored.number)
    }
  }

  /// The revisions that began to hold since a day, behind a place.
  static func beginning(after last: Day, until target: Day, behind place: Place = .start) -> SQL {
    """
    SELECT r.valid_from, r.member, m.id FROM member_revision r JOIN member m ON m.number = r.member
    WHERE \(MemberRow.holdsNow) AND r.deleted_at IS NULL AND r.valid_from <= \(target.number)
      AND (r.valid_from, r.member)
        > (\(max(place.validFrom, Int64(last.number))),
          \(place == .start ? Int64.max : place.member))
    ORDER BY r.valid_from, r.member LIMIT \(stepMembers)
    """
  }

  private func progress() throws -> Progress {
    guard let row = try transaction.rows("SELECT * FROM register_day").first else {
      return Progress()
    }
    return Progress(
      day: Day(number: try row.integer("day")),
      target: try row.int64IfPresent("target").map { Day(number: Int($0)) },
      place: Place(
        validFrom: try row.int64("told_valid_from"), member: try row.int64("told_member")))
  }

  private func save(_ progress: Progress) throws {
    let target: SQLValue = progress.target.map { .integer(Int64($0.number)) } ?? .null
    let place = progress.place
    try transaction.run(
      """
      INSERT INTO register_day (id, day, target, told_valid_from, told_member)
      VALUES (1, \(progress.day.number), \(target), \(place.validFrom), \(place.member))
      ON CONFLICT (id) DO UPDATE SET day = excluded.day, target = excluded.target,
        told_valid_from = excluded.told_valid_from, told_member = excluded.told_member
      """)
  }
}
