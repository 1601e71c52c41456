package import Vocabulary

/// A member as the register has it now, for all days: its identity, and what is said of it when.
package struct RegisteredMember: Hashable, Sendable {
  package let id: ResourceID
  /// Made once, never used again, even if the `id` were.
  package let uid: String
  /// The change by which it came to be as it is.
  package let version: Version
  package let isDeleted: Bool
  package let timeline: Timeline<MemberState>

  package init(
    id: ResourceID, uid: String, version: Version, isDeleted: Bool, timeline: Timeline<MemberState>
  ) {
    self.id = id
    self.uid = uid
    self.version = version
    self.isDeleted = isDeleted
    self.timeline = timeline
  }

  /// When the register last learned something of it: a number that no other change has.
  package struct Version: Hashable, Sendable {
    /// Microseconds since 1970.
    package let recordedAt: Int64

    package init(recordedAt: Int64) { self.recordedAt = recordedAt }

    package var etag: String { String(recordedAt, radix: 36) }
  }

  /// What is to be changed: the fields that `paths` name take the values that `member` has, for the
  /// days of `period`.
  package struct Change: Sendable {
    package let paths: [MemberPath]
    package let member: Member
    package let period: Period

    package init(_ paths: [MemberPath], of member: Member, during period: Period = .always) {
      self.paths = paths
      self.member = member.normalized
      self.period = period
    }
  }
}

extension RegisteredMember {
  /// What is said of a new member for the days of a period. `noted` is what its message said that
  /// no member can hold.
  package static func admitting(
    _ member: Member, during period: Period, noted: [Violation] = [], sections: Set<String>
  ) throws(MembershipError) -> Timeline<MemberState> {
    let member = member.normalized
    let violations = member.violations(noted: noted, sections: sections)
    guard violations.isEmpty else { throw .invalid("member", violations) }
    return Timeline(member, during: period).states
  }

  /// What is said of it after a change. Every state that the change makes must keep the rules.
  package func updating(
    _ change: Change, etag: String, noted: [Violation] = [], sections: Set<String>
  ) throws(MembershipError) -> Timeline<MemberState> {
    try check(etag: etag)
    guard !isDeleted else { throw .memberDeleted(id) }
    let members = timeline.map(\.member)
    guard members.segments.contains(where: { $0.period.overlaps(change.period) }) else {
      throw .periodNotCovered(id, change.period)
    }
    var violations = noted
    let changed = members.changing(during: change.period) { segment in
      let member = segment.content.taking(change.paths, from: change.member)
      if member != segment.content {
        violations = member.violations(noted: violations, sections: sections)
      }
      return member
    }
    guard violations.isEmpty else { throw .invalid("member", violations) }
    return changed.states
  }

  package func deleting(etag: String) throws(MembershipError) {
    try check(etag: etag)
    guard !isDeleted else { throw .memberDeleted(id) }
  }

  package func undeleting(etag: String) throws(MembershipError) {
    try check(etag: etag)
    guard isDeleted else { throw .memberNotDeleted(id) }
  }

  /// An empty one asks for whichever version there is.
  private func check(etag: String) throws(MembershipError) {
    guard etag.isEmpty || etag == version.etag else {
      throw .etagMismatch(id, given: etag, current: version.etag)
    }
  }

  /// All identifiers that it has on any day.
  package var identifiers: Set<Identifier> {
    Set(timeline.segments.flatMap(\.content.member.identifiers))
  }
}

extension Timeline {
  /// The segment that a reader of today is shown: that of the day, else the next that will hold,
  /// else the last that did.
  package func segment(nearest day: Day) -> Segment? {
    self[day] ?? segments.first { $0.period.from > day } ?? segments.last
  }
}
