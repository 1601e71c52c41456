import ChangeFeed
import Foundation
import MembershipDomain
import Messages
import RPC
import ResourceAPI
import Storage
import Synchronization
import Testing
import Vocabulary
import WellKnown

@testable import cabildo_membership

/// The two clocks: for which day, and as far as was known when.
@Suite struct AsOfTests {
  private func date(_ text: String) -> GoogleType.Date { Day(text)?.message ?? GoogleType.Date() }

  private func population(
    _ register: TestRegister, on day: String? = nil, recorded: GoogleProtobuf.Timestamp? = nil
  ) async throws -> Int64? {
    try await register.client.getMember(
      .init(
        name: "members/bilbao",
        asOf: .init(validDate: day.map(date), recordedTime: recorded))
    ).population?.inhabitants
  }

  private func change(
    _ register: TestRegister, to inhabitants: Int64, from: String?, until: String? = nil
  )
    async throws
  {
    _ = try await register.client.updateMember(
      .init(
        member: .init(name: "members/bilbao", population: .init(inhabitants: inhabitants)),
        updateMask: .init(paths: ["population.inhabitants"]),
        effectiveDate: from.map(date), effectiveUntil: until.map(date)))
  }

  @Test("A correction made today does not change what was known before")
  func correction() async throws {
    let register = try await TestRegister(today: "2019-12-31")
    var bilbao = MembershipV1.Member.city()
    bilbao.population = .init(inhabitants: 345)
    _ = try await register.client.createMember(.init(member: bilbao))
    let in2019 = register.tick()
    register.today(is: "2024-06-15")
    try await change(register, to: 346, from: nil)
    #expect(try await population(register) == 346)
    #expect(try await population(register, on: "2019-06-01") == 346)
    #expect(try await population(register, recorded: in2019) == 345)
    #expect(try await population(register, on: "2024-06-15", recorded: in2019) == 345)
  }

  @Test("A change holds for its period, and the rest stays")
  func periods() async throws {
    let register = try await TestRegister()
    _ = try await register.client.createMember(.init(member: .city()))
    try await change(register, to: 1, from: nil)
    try await change(register, to: 2, from: "2010-01-01")
    try await change(register, to: 3, from: "2005-01-01", until: "2015-01-01")
    #expect(try await population(register, on: "2004-12-31") == 1)
    #expect(try await population(register, on: "2005-01-01") == 3)
    #expect(try await population(register, on: "2014-12-31") == 3)
    #expect(try await population(register, on: "2015-01-01") == 2)
    #expect(try await population(register) == 2)
  }

  @Test("What will hold holds when its day has come, and not before")
  func future() async throws {
    let register = try await TestRegister(today: "2024-12-31")
    _ = try await register.client.createMember(.init(member: .city()))
    let answer = try await register.client.updateMember(
      .init(
        member: .init(name: "members/bilbao", countryCode: "FR"), effectiveDate: date("2025-01-01"))
    )
    #expect(answer.countryCode == "FR")
    #expect(answer.validPeriod?.from == date("2025-01-01"))
    let before = try await register.client.getMember(.init(name: "members/bilbao"))
    #expect(before.countryCode == "ES")
    #expect(before.validPeriod?.until == date("2025-01-01"))
    #expect(before.etag == answer.etag)
    let french = MembershipV1.ListMembersRequest(filter: "country_code = FR")
    #expect(try await register.client.listMembers(french).members.isEmpty)
    register.today(is: "2025-01-01")
    #expect(try await register.client.getMember(.init(name: "members/bilbao")).countryCode == "FR")
    #expect(try await register.client.listMembers(french).members.count == 1)
  }

  @Test("A member that joins on a day is not there before it")
  func joining() async throws {
    let register = try await TestRegister()
    let made = try await register.client.createMember(
      .init(member: .city(), effectiveDate: date("2025-01-01")))
    #expect(made.validPeriod?.from == date("2025-01-01"))
    #expect(await failure { try await population(register) }?.code == .notFound)
    #expect(try await register.client.listMembers(.init()).members.isEmpty)
    register.today(is: "2025-01-01")
    #expect(try await register.client.listMembers(.init()).members == [made])
    let early = await failure { try await change(register, to: 1, from: nil, until: "2025-01-01") }
    #expect(early?.code == .failedPrecondition)
    #expect(early?.reason == "PERIOD_NOT_COVERED")
  }

  @Test("A step of status takes effect on its day, also in filters")
  func status() async throws {
    let register = try await TestRegister(today: "2024-12-31")
    var bilbao = MembershipV1.Member.city()
    bilbao.statusSteps = [
      .init(status: .applicant, date: .init(precision: .year, year: 2020)),
      .init(status: .active, date: .init(precision: .month, year: 2025, month: 1)),
    ]
    let made = try await register.client.createMember(.init(member: bilbao))
    #expect(made.status == .applicant)
    let active = MembershipV1.ListMembersRequest(filter: "status = ACTIVE")
    #expect(try await register.client.listMembers(active).members.isEmpty)
    register.today(is: "2025-01-01")
    #expect(try await register.client.getMember(.init(name: made.name)).status == .active)
    #expect(try await register.client.listMembers(active).members.map(\.name) == [made.name])
    var past = active
    past.asOf = .init(validDate: date("2024-06-01"))
    #expect(try await register.client.listMembers(past).members.isEmpty)
  }

  @Test("What was deleted later was there before, also in lists and searches")
  func deletion() async throws {
    let register = try await TestRegister()
    let client = register.client
    let made = try await client.createMember(.init(member: .city()))
    let before = TypeV1.AsOf(recordedTime: register.tick())
    _ = try await client.deleteMember(.init(name: made.name))
    register.tick()
    #expect(try await client.getMember(.init(name: made.name, asOf: before)) == made)
    #expect(try await client.listMembers(.init(asOf: before)).members == [made])
    #expect(try await client.searchMembers(.init(query: "bil", asOf: before)).members == [made])
    #expect(try await client.listMembers(.init()).members == [])
  }

  @Test("Names and identifiers of before are found as of before")
  func oldNames() async throws {
    let register = try await TestRegister()
    let client = register.client
    var bilbao = MembershipV1.Member.city("Bilbo Zaharra")
    bilbao.identifiers = [.init(scheme: .wikidata, value: "Q8692")]
    let made = try await client.createMember(.init(member: bilbao))
    let before = TypeV1.AsOf(recordedTime: register.tick())
    var renamed = MembershipV1.Member.city("Bilbao")
    renamed.name = made.name
    renamed.identifiers = [.init(scheme: .wikidata, value: "Q1")]
    _ = try await client.updateMember(.init(member: renamed))
    register.tick()
    let old = bilbao.identifiers[0]
    #expect(try await client.searchMembers(.init(query: "zah", asOf: before)).members == [made])
    #expect(try await client.searchMembers(.init(query: "zah")).members == [])
    #expect(try await client.lookupMember(.init(identifier: old, asOf: before)) == made)
    #expect(
      await failure { try await client.lookupMember(.init(identifier: old)) }?.code == .notFound)
  }

  @Test("What will be known cannot be asked")
  func recordedFuture() async throws {
    let register = try await TestRegister()
    let now = register.tick()
    _ = try await register.client.createMember(.init(member: .city()))
    for seconds in [1, 2, 86_400] as [Int64] {
      let later = GoogleProtobuf.Timestamp(seconds: now.seconds + seconds)
      let error = await failure {
        try await register.client.listMembers(.init(asOf: .init(recordedTime: later)))
      }
      // One second later is the moment of the creation itself, which nothing can be added to.
      #expect(error?.reason == (seconds == 1 ? nil : "RECORDED_TIME_IN_FUTURE"))
    }
  }

  @Test("A write under way is waited for by whoever asks what was known since it began")
  func writeUnderWay() async throws {
    let register = try await TestRegister()
    let (began, beginning) = AsyncStream.makeStream(of: Void.self)
    let write = Task {
      try await register.api.feed.write { transaction, log in
        let book = MemberRegister(transaction, log, today: Day(number: 0))
        let member = Member(kind: .city, displayName: .init(["es": "Bilbao"]), countryCode: "ES")
        let timeline = try RegisteredMember.admitting(member, during: .always, sections: [])
        let made = try book.admit(book.freeID(for: member), timeline)
        beginning.yield()
        Thread.sleep(forTimeInterval: 0.3)
        return made.updateTime
      }
    }
    for await _ in began { break }
    let moment = register.tick()
    register.tick()
    let request = MembershipV1.ListMembersRequest(asOf: .init(recordedTime: moment))
    let first = try await register.client.listMembers(request)
    let recorded = try await write.value.timestamp
    #expect(recorded == moment)
    #expect(first.members.map(\.name) == ["members/bilbao"])
    #expect(try await register.client.listMembers(request) == first)
  }

  @Test("Whoever asks what was known a moment ago gives the writer no work, and needs none of it")
  func writerIsBusy() async throws {
    let register = try await TestRegister()
    _ = try await register.client.createMember(.init(member: .city()))
    register.tick()
    let moment = register.tick()
    register.tick()
    let (began, beginning) = AsyncStream.makeStream(of: Void.self)
    let isAnswered = Flag()
    // Records nothing, as the making of a plan.
    let work = Task {
      try await register.database.transaction { _ in
        beginning.yield()
        for _ in 0..<2_000 where !isAnswered.isSet { Thread.sleep(forTimeInterval: 0.005) }
        return isAnswered.isSet
      }
    }
    for await _ in began { break }
    let request = MembershipV1.ListMembersRequest(asOf: .init(recordedTime: moment))
    let nobody = register.client(as: nil)
    for _ in 0..<10 {
      #expect(try await nobody.listMembers(request).members.map(\.name) == ["members/bilbao"])
    }
    #expect(register.database.waitingWrites == 0)
    isAnswered.set()
    #expect(try await work.value)
  }

  @Test("The history of a member has every revision, the latest first, page by page")
  func history() async throws {
    let register = try await TestRegister()
    let made = try await register.client.createMember(.init(member: .city()))
    for step in 1...5 as ClosedRange<Int64> {
      register.tick()
      try await change(register, to: step, from: "200\(step)-01-01")
    }
    _ = try await register.client.deleteMember(.init(name: made.name))
    var pages: [[MembershipV1.MemberRevision]] = []
    var request = MembershipV1.ListMemberRevisionsRequest(parent: made.name, pageSize: 4)
    repeat {
      let page = try await register.client.listMemberRevisions(request)
      pages.append(page.revisions)
      request.pageToken = page.nextPageToken
    } while !request.pageToken.isEmpty && pages.count < 20
    let all = Array(pages.joined())
    // One of the creation, two of each change, six of the deletion.
    #expect(all.count == 17)
    #expect(pages.map(\.count) == [4, 4, 4, 4, 1])
    #expect(all.filter { $0.recordedUntil == nil }.count == 6)
    #expect(all.prefix(6).allSatisfy { $0.member?.deleteTime != nil })
    let moments = all.compactMap { $0.recordedFrom.flatMap { RecordedTime($0) } }
    #expect(moments == moments.sorted(by: >))
    #expect(all.last?.member?.population == nil)
  }
}

private final class Flag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .relaxed) }
  func set() { value.store(true, ordering: .relaxed) }
}
