import MembershipDomain
import Testing
import Vocabulary

/// Status by dated steps.
@Suite struct StatusTests {
  private static let steps = [
    StatusStep(.applicant, PartialDate(.semester, year: 2010, semester: 2)),
    StatusStep(.active, PartialDate(.year, year: 2011)),
    StatusStep(.suspended, PartialDate(.month, year: 2015, month: 3)),
    StatusStep(.active, PartialDate(.day, year: 2016, month: 1, day: 15)),
  ]

  @Test(
    "A step takes effect on the first day of its date",
    arguments: [
      ("2010-06-30", nil), ("2010-07-01", MemberStatus.applicant), ("2010-12-31", .applicant),
      ("2011-01-01", .active), ("2015-02-28", .active), ("2015-03-01", .suspended),
      ("2016-01-14", .suspended), ("2016-01-15", .active), ("2100-01-01", .active),
    ])
  func status(day: String, expected: MemberStatus?) throws {
    #expect(Self.steps.status(on: try #require(Day(day))) == expected)
  }

  @Test("What may follow what", arguments: MemberStatus.allCases)
  func successors(status: MemberStatus) {
    let table: [MemberStatus: Set<MemberStatus>] = [
      .applicant: [.active, .withdrawn, .rejected],
      .active: [.suspended, .withdrawn, .excluded],
      .suspended: [.active, .withdrawn, .excluded],
      .withdrawn: [.applicant, .active], .excluded: [.applicant, .active],
      .rejected: [.applicant, .active],
    ]
    for next in MemberStatus.allCases {
      let steps = [
        StatusStep(status, PartialDate(.year, year: 2000), reason: LocalizedText(["en": "a"])),
        StatusStep(next, PartialDate(.year, year: 2001), reason: LocalizedText(["en": "b"])),
      ]
      #expect(steps.violations("s").isEmpty == table[status]?.contains(next), "\(next)")
    }
  }

  @Test("The days of a member are cut where its status changes")
  func states() {
    let member = Member(kind: .city, statusSteps: Self.steps)
    let states = Timeline(member).states
    #expect(
      states.segments.map { "\($0.period) \($0.content.status.map { "\($0)" } ?? "-")" } == [
        "..2010-07-01 -", "2010-07-01..2011-01-01 applicant", "2011-01-01..2015-03-01 active",
        "2015-03-01..2016-01-15 suspended", "2016-01-15.. active",
      ])
    #expect(states.map(\.member) == Timeline(member))
  }
}
