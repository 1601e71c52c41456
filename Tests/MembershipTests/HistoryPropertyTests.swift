import Messages
import RPC
import ResourceAPI
import Testing
import Vocabulary
import WellKnown

@testable import cabildo_membership

/// Random changes of a few members, and every answer ever given asked for again.
@Suite struct HistoryPropertyTests {
  /// What was answered, and for which point on the two clocks.
  private struct Answer {
    let asOf: TypeV1.AsOf
    let members: [MembershipV1.Member]
    let active: [String]
    let found: [String]
  }

  private static let days = ["1999-12-31", "2005-07-01", "2015-01-01", "2024-06-15", "2030-01-01"]

  @Test("What was answered once is answered so for ever", arguments: 0..<6 as Range<UInt64>)
  func answersStay(seed: UInt64) async throws {
    let register = try await TestRegister()
    var random = SeededRandom(seed)
    var answers: [Answer] = []
    for step in 0..<25 {
      try await change(register, &random)
      let moment = register.tick()
      let day = Self.days[random.next(Self.days.count)]
      let answer = try await ask(register, TypeV1.AsOf(validDate: Day(day)?.message))
      let past = TypeV1.AsOf(validDate: Day(day)?.message, recordedTime: moment)
      answers.append(
        Answer(
          asOf: past, members: answer.members, active: answer.active, found: answer.found))
      register.tick()
      if step % 5 == 4 {
        register.today(is: "2024-\(step / 5 + 7 < 10 ? "0" : "")\(step / 5 + 7)-01")
      }
    }
    for (step, answer) in answers.enumerated() {
      let again = try await ask(register, answer.asOf)
      #expect(again.members == answer.members, "seed \(seed), step \(step)")
      #expect(again.active == answer.active, "seed \(seed), step \(step)")
      #expect(again.found == answer.found, "seed \(seed), step \(step)")
    }
  }

  private func ask(_ register: TestRegister, _ asOf: TypeV1.AsOf) async throws -> Answer {
    let client = register.client
    var members: [MembershipV1.Member] = []
    var request = MembershipV1.ListMembersRequest(pageSize: 2, showDeleted: true, asOf: asOf)
    repeat {
      let page = try await client.listMembers(request)
      members += page.members
      request.pageToken = page.nextPageToken
    } while !request.pageToken.isEmpty
    for member in members {
      #expect(try await client.getMember(.init(name: member.name, asOf: asOf)) == member)
    }
    let active = try await client.listMembers(.init(filter: "status = ACTIVE", asOf: asOf))
    let found = try await client.searchMembers(.init(query: "na", asOf: asOf))
    return Answer(
      asOf: asOf, members: members, active: active.members.map(\.name),
      found: found.members.map(\.name))
  }

  /// What the register should say of a member on each of the days, changed day by day.
  private struct Model: Equatable {
    var isDeleted = false
    var inhabitants: [Int64]
    var hasSteps: [Bool]

    func status(on index: Int) -> MembershipV1.Member.Status {
      guard hasSteps[index], index > 0 else { return .statusUnspecified }
      return index == 1 ? .applicant : .active
    }
  }

  @Test(
    "The register says of each day what changing each day by itself gives",
    arguments: 0..<6 as Range<UInt64>)
  func againstDays(seed: UInt64) async throws {
    let register = try await TestRegister()
    var random = SeededRandom(seed &+ 100)
    var models: [String: Model] = [:]
    for step in 0..<25 {
      try await change(register, &random, &models)
      register.tick()
      for number in 0..<4 {
        let found = try await says(register, "m\(number)")
        #expect(found == models["m\(number)"], "seed \(seed), step \(step), m\(number)")
      }
    }
  }

  private func says(_ register: TestRegister, _ id: String) async throws -> Model? {
    var model = Model(inhabitants: [], hasSteps: [])
    for (index, day) in Self.days.enumerated() {
      let request = MembershipV1.GetMemberRequest(
        name: "members/\(id)", asOf: .init(validDate: Day(day)?.message))
      let member: MembershipV1.Member
      do {
        member = try await register.client.getMember(request)
      } catch let error as RPCError where error.code == .notFound { return nil }
      model.isDeleted = member.deleteTime != nil
      model.inhabitants.append(member.population?.inhabitants ?? -1)
      model.hasSteps.append(!member.statusSteps.isEmpty)
      #expect(member.status == model.status(on: index), "\(id) on \(day)")
    }
    return model
  }

  private func change(_ register: TestRegister, _ random: inout SeededRandom) async throws {
    var models: [String: Model] = [:]
    try await change(register, &random, &models)
  }

  /// One change, or a refusal of the register, in which case the model stays as it is.
  private func change(
    _ register: TestRegister, _ random: inout SeededRandom, _ models: inout [String: Model]
  ) async throws {
    let client = register.client
    let id = "m\(random.next(4))"
    let first = random.next(4)
    let from = first == 0 ? nil : Day(Self.days[first])?.message
    var member = MembershipV1.Member.city("Name \(random.next(3))")
    let inhabitants = Int64(random.next(5))
    member.population = .init(inhabitants: inhabitants)
    if random.next(2) == 0 {
      member.statusSteps = [
        .init(status: .applicant, date: .init(precision: .year, year: 2000)),
        .init(status: .active, date: .init(precision: .year, year: 2010)),
      ]
    }
    let hasSteps = !member.statusSteps.isEmpty
    do {
      switch random.next(6) {
      case 0, 1:
        _ = try await client.createMember(.init(member: member, memberId: id))
        models[id] = Model(
          inhabitants: Self.days.map { _ in inhabitants },
          hasSteps: Self.days.map { _ in hasSteps })
      case 2:
        _ = try await client.deleteMember(.init(name: "members/\(id)"))
        models[id]?.isDeleted = true
      case 3:
        _ = try await client.undeleteMember(.init(name: "members/\(id)"))
        models[id]?.isDeleted = false
      default:
        member.name = "members/\(id)"
        _ = try await client.updateMember(.init(member: member, effectiveDate: from))
        for index in first..<Self.days.count {
          models[id]?.inhabitants[index] = inhabitants
          if hasSteps { models[id]?.hasSteps[index] = true }
        }
      }
    } catch let error as RPCError {
      // Not there, there already, deleted, not deleted: refusals of the register, and no failures.
      let refusals: [StatusCode] = [.notFound, .alreadyExists, .failedPrecondition]
      #expect(refusals.contains(error.code), "\(error)")
    }
  }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededRandom {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return Int((mixed ^ mixed >> 31) % UInt64(bound))
  }
}
