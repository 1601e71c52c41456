import Auth
import ChangeFeed
import Messages
import RPC
import Testing
import Vocabulary
import WellKnown

@testable import cabildo_membership

/// What `WatchChanges` tells of the register.
@Suite struct FeedTests {
  /// A stream, its changes in a few words: `updated members/bilbao ES`.
  private struct Watching {
    let call: ClientCall<FeedV1.WatchChangesRequest, FeedV1.WatchChangesResponse>

    init(_ register: TestRegister, as roles: Set<Role>? = [.reader], tailOnly: Bool = false)
      async throws
    {
      call = try await register.client(as: roles).watchChanges(
        .init(tailOnly: tailOnly), CallOptions(timeout: .seconds(30)))
    }

    mutating func next(_ count: Int) async throws -> [String] {
      var words: [String] = []
      while words.count < count, let response = try await call.responses.next() {
        switch response.event {
        case .change(let change): words.append(Self.words(change))
        case .snapshotEnd(let end): words.append("end \(end.sequence)")
        case .start, .bookmark, nil: break
        }
      }
      return words
    }

    private static func words(_ change: FeedV1.Change) -> String {
      let member = change.resource?.unpacked(as: MembershipV1.Member.self)
      let kind = change.kind.name?.lowercased() ?? "?"
      return [kind, change.resourceName, member?.countryCode].compactMap(\.self)
        .joined(separator: " ")
    }
  }

  @Test("A snapshot of sections and members, then each change")
  func snapshotAndTail() async throws {
    let register = try await TestRegister()
    let client = register.client
    _ = try await client.createMember(.init(member: .city("B")))
    _ = try await client.createSection(.europe)
    _ = try await client.createMember(.init(member: .city("A")))
    _ = try await client.createMember(.init(member: .city("C")))
    _ = try await client.deleteMember(.init(name: "members/c"))
    var stream = try await Watching(register)
    #expect(
      try await stream.next(4) == [
        "snapshot sections/europe", "snapshot members/a ES", "snapshot members/b ES", "end 5",
      ])
    _ = try await client.updateMember(
      .init(member: .init(name: "members/a", countryCode: "FR")))
    _ = try await client.deleteMember(.init(name: "members/b"))
    _ = try await client.undeleteMember(.init(name: "members/c"))
    #expect(
      try await stream.next(3) == [
        "updated members/a FR", "deleted members/b", "undeleted members/c ES",
      ])
  }

  @Test("A change has the resource as a read answers it, its etag and its request")
  func changes() async throws {
    let register = try await TestRegister()
    let id = "0b6b8a4e-52cf-4d1b-9f0e-6c1d2b7a9e35"
    let stream = try await register.client(as: [.reader]).watchChanges(.init(tailOnly: true))
    _ = try await stream.responses.next()
    var made = try await register.client.createMember(.init(member: .city(), requestId: id))
    made.shownName = nil
    var change: FeedV1.Change?
    while change == nil, let response = try await stream.responses.next() {
      if case .change(let found) = response.event { change = found }
    }
    #expect(change?.resource?.unpacked(as: MembershipV1.Member.self) == made)
    #expect(change?.etag == made.etag)
    #expect(change?.requestId == id)
    #expect(change?.recordedTime == made.updateTime)
    #expect(change?.sequence == 1)
  }

  @Test("Nobody hears of what is not public; what ceases to be is gone for them")
  func access() async throws {
    let register = try await TestRegister()
    let client = register.client
    var hidden = MembershipV1.Member.city("Hidden")
    hidden.accessLevel = .members
    _ = try await client.createMember(.init(member: hidden))
    _ = try await client.createMember(.init(member: .city("Open")))
    var nobody = try await Watching(register, as: nil)
    var reader = try await Watching(register)
    #expect(try await nobody.next(2) == ["snapshot members/open ES", "end 2"])
    #expect(
      try await reader.next(3) == [
        "snapshot members/hidden ES", "snapshot members/open ES", "end 2",
      ])
    for (name, level) in [("open", TypeV1.AccessLevel.members), ("hidden", .public)] {
      _ = try await client.updateMember(
        .init(member: .init(name: "members/\(name)", accessLevel: level)))
    }
    #expect(
      try await nobody.next(2) == ["deleted members/open", "created members/hidden ES"])
    #expect(
      try await reader.next(2) == ["updated members/open ES", "updated members/hidden ES"])
  }

  @Test("A write after midnight comes behind what midnight changed, for who may see it")
  func writeAfterMidnight() async throws {
    let register = try await TestRegister(today: "2024-12-31")
    _ = try await register.client.createMember(.init(member: .city("A")))
    let date = GoogleType.Date(year: 2025, month: 1, day: 1)
    let hidden = MembershipV1.Member(name: "members/a", accessLevel: .members)
    _ = try await register.client.updateMember(.init(member: hidden, effectiveDate: date))
    var nobody = try await Watching(register, as: nil)
    #expect(try await nobody.next(2) == ["snapshot members/a ES", "end 2"])
    register.today(is: "2025-01-01")
    _ = try await register.client.updateMember(
      .init(member: .init(name: "members/a", countryCode: "FR")))
    _ = try await register.client.createMember(.init(member: .city("B")))
    #expect(try await nobody.next(2) == ["deleted members/a", "created members/b ES"])
  }

  @Test("What was recorded for a later day is told when the day has come, once")
  func comingDays() async throws {
    let register = try await TestRegister(today: "2024-12-30")
    try await register.api.beginDay()
    _ = try await register.client.createMember(.init(member: .city("A")))
    _ = try await register.client.createMember(.init(member: .city("B")))
    let date = GoogleType.Date(year: 2025, month: 1, day: 1)
    _ = try await register.client.updateMember(
      .init(member: .init(name: "members/a", countryCode: "FR"), effectiveDate: date))
    var stream = try await Watching(register)
    #expect(
      try await stream.next(3) == ["snapshot members/a ES", "snapshot members/b ES", "end 3"])
    for day in ["2024-12-31", "2025-01-01", "2025-01-02"] {
      register.today(is: day)
      try await register.api.beginDay()
      try await register.api.beginDay()
    }
    _ = try await register.client.deleteMember(.init(name: "members/b"))
    #expect(try await stream.next(2) == ["updated members/a FR", "deleted members/b"])
  }

  @Test("An import after midnight comes behind what midnight changed, too")
  func importAfterMidnight() async throws {
    let register = try await TestRegister(today: "2024-12-31")
    try await register.api.beginDay()
    _ = try await register.client.createMember(.init(member: .city("A")))
    let date = GoogleType.Date(year: 2025, month: 1, day: 1)
    let hidden = MembershipV1.Member(name: "members/a", accessLevel: .members)
    _ = try await register.client.updateMember(.init(member: hidden, effectiveDate: date))
    var nobody = try await Watching(register, as: nil)
    #expect(try await nobody.next(2) == ["snapshot members/a ES", "end 2"])
    register.today(is: "2025-01-01")
    let plan = try await register.imports.plan([
      .init(name: "members/a", population: .init(inhabitants: 5, source: "Eustat")), .city("B"),
    ])
    try await register.imports.apply(plan)
    #expect(try await nobody.next(2) == ["deleted members/a", "created members/b ES"])
    try await register.api.beginDay()
    #expect(
      try await register.changes().suffix(3) == [
        "updated members/a", "updated members/a", "created members/b",
      ])
  }

  @Test("A midnight of a whole register is told in steps, each member once, beside other writes")
  func manyMembersOfOneDay() async throws {
    let register = try await TestRegister(today: "2024-12-31")
    try await register.api.beginDay()
    let date = GoogleType.Date(year: 2025, month: 1, day: 1)
    let count = 2 * RegisterDay.stepMembers + 50
    for number in 1...count {
      _ = try await register.client.createMember(
        .init(member: .city("M \(number)"), effectiveDate: date))
    }
    register.today(is: "2025-01-01")
    let told = "updated members/m-\(count)"
    func change(_ number: Int, to country: String) async throws {
      _ = try await register.client.updateMember(
        .init(member: .init(name: "members/m-\(number)", countryCode: country)))
      register.tick()
    }
    func step() async throws -> Bool {
      let today = register.api.today
      return try await register.api.feed.write {
        try RegisterDay(transaction: $0).step(today, $1)
      }
    }
    // A write tells of the member that it changes, and of no other.
    try await change(count, to: "FR")
    #expect(try await register.changes().dropFirst(count) == [told, told])
    #expect(try await !step())
    #expect(try await register.changes().count == count + 2 + RegisterDay.stepMembers)
    // One that was told of is not told of again.
    try await change(1, to: "FR")
    try await change(count, to: "PT")
    #expect(try await register.changes().suffix(2) == ["updated members/m-1", told])
    #expect(try await !step())
    #expect(try await step())
    let changes = try await register.changes().dropFirst(count)
    #expect(changes.count == count + 3)
    #expect(Set(changes).count == count)
  }

  @Test("A clock that goes back does not make the feed tell of a day again")
  func earlierDay() async throws {
    let register = try await TestRegister(today: "2024-12-31")
    try await register.api.beginDay()
    let date = GoogleType.Date(year: 2025, month: 1, day: 1)
    _ = try await register.client.createMember(
      .init(member: .city("A"), effectiveDate: date))
    for day in ["2025-01-01", "2024-12-31", "2025-01-01"] {
      register.today(is: day)
      try await register.api.beginDay()
    }
    #expect(try await register.changes() == ["created members/a", "updated members/a"])
  }
}
