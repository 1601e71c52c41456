import Messages
import RPC
import Testing
import Vocabulary
import WellKnown

@testable import cabildo_membership

/// Whatever a caller sends, the register does it or says what is wrong; it never fails.
@Suite struct RandomInputTests {
  private static let texts = [
    "", " ", "\u{0}", "a\u{0}b", "ES", "es", "ZZ", "Bilbao", "members/a", "sections/europe", "Q1",
    "ESBIO", "ES-BI", "1", "-1", "\u{202e}\u{feff}", "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿", "ﷺ", "e\u{301}\u{301}\u{301}",
    "'\"; DROP TABLE member; --",
    "%_\\", "x-y", "en-GB", "pt_BR", "\n", "\u{85}", "가각", "\u{fffd}", "kind = CITY", "a=", "*",
    "population.inhabitants", "display_name.values.`en`", "population desc", "update_time  desc",
    String(repeating: "é", count: 400), String(repeating: "long ", count: 99),
  ]
  private static let numbers: [Int32] = [
    0, 1, 2, 4, 6, 12, 13, 28, 30, 31, 99, 1969, 2020, 2024, 9999, 10_000, -1, .min, .max,
  ]

  private struct Source {
    var random: SeededRandom

    mutating func text() -> String {
      RandomInputTests.texts[random.next(RandomInputTests.texts.count)]
    }
    mutating func number() -> Int32 {
      RandomInputTests.numbers[random.next(RandomInputTests.numbers.count)]
    }
    mutating func maybe<Value>(_ value: (inout Source) -> Value) -> Value? {
      random.next(9) == 0 ? value(&self) : nil
    }
    mutating func some<Value>(_ value: (inout Source) -> Value) -> [Value] {
      (0..<random.next(4)).map { _ in value(&self) }
    }

    mutating func localized() -> TypeV1.LocalizedText {
      let values = some { ($0.text(), $0.text()) }
      return .init(
        values: Dictionary(values) { $1 }, originalLanguage: maybe { $0.text() } ?? "")
    }

    mutating func date() -> TypeV1.PartialDate {
      .init(
        precision: .init(number: number() % 7), year: number(),
        semester: maybe { $0.number() } ?? 0,
        month: maybe { $0.number() } ?? 0, day: maybe { $0.number() } ?? 0)
    }

    mutating func day() -> GoogleType.Date { .init(year: number(), month: number(), day: number()) }

    mutating func degrees() -> Double {
      [0, 43.26, -90, 180.0001, .nan, .infinity, -.infinity, 1e308][random.next(8)]
    }

    mutating func asOf() -> TypeV1.AsOf {
      .init(
        validDate: maybe { $0.day() },
        recordedTime: maybe { .init(seconds: Int64($0.number()) << 31, nanos: $0.number()) })
    }

    /// Good in the one half of its fields and anything in the other.
    mutating func member() -> MembershipV1.Member {
      var member = MembershipV1.Member.city()
      if let name = maybe({ $0.text() }) { member.name = name }
      if let kind = maybe({ $0.number() }) { member.kind = .init(number: kind) }
      if let name = maybe({ $0.localized() }) { member.displayName = name }
      if let code = maybe({ $0.text() }) { member.countryCode = code }
      member.section = maybe { $0.text() } ?? ""
      member.level = .init(number: maybe { $0.number() } ?? 0)
      member.population = maybe {
        .init(
          inhabitants: Int64($0.number()) << 20, date: $0.maybe { $0.date() }, source: $0.text())
      }
      member.location = maybe { .init(latitude: $0.degrees(), longitude: $0.degrees()) }
      member.languages = maybe { $0.some { $0.text() } } ?? []
      member.identifiers =
        maybe {
          $0.some { .init(scheme: .init(number: $0.number() % 6), value: $0.text()) }
        } ?? []
      member.statusSteps =
        maybe {
          $0.some {
            .init(
              status: .init(number: $0.number() % 8), date: $0.maybe { $0.date() },
              reason: $0.maybe { $0.localized() }, document: $0.text())
          }
        } ?? []
      member.accessLevel = .init(number: maybe { $0.number() } ?? 0)
      member.sources =
        maybe { $0.some { .init(document: $0.text(), locator: $0.text()) } } ?? []
      return member
    }
  }

  @Test("It does it or says what is wrong", arguments: 0..<8 as Range<UInt64>)
  func anything(seed: UInt64) async throws {
    let register = try await TestRegister()
    var source = Source(random: SeededRandom(seed &+ 1_000))
    var done = 0
    for step in 0..<200 {
      let call = call(&source, register)
      if let error = await failure(call) {
        let codes: [StatusCode] = [
          .invalidArgument, .notFound, .alreadyExists, .failedPrecondition, .aborted,
        ]
        #expect(codes.contains(error.code), "seed \(seed), step \(step): \(error)")
        #expect(error.reason != nil, "seed \(seed), step \(step): \(error)")
      } else {
        done += 1
      }
    }
    #expect(done > 20)
    try await checkWhole(register)
  }

  private func call(_ source: inout Source, _ register: TestRegister)
    -> @Sendable () async throws -> Void
  {
    let client = register.client
    let (text, other, size) = (source.text(), source.text(), source.number())
    let (member, asOf) = (source.member(), source.asOf())
    let (from, until) = (source.maybe { $0.day() }, source.maybe { $0.day() })
    let mask = source.maybe { GoogleProtobuf.FieldMask(paths: $0.some { $0.text() }) }
    let id = "m\(source.random.next(6))"
    switch source.random.next(9) {
    case 0, 1, 2:
      return {
        _ = try await client.createMember(.init(member: member, memberId: id, effectiveDate: from))
      }
    case 3, 4:
      var change = member
      change.name = "members/\(id)"
      return { [change] in
        _ = try await client.updateMember(
          .init(
            member: change, updateMask: mask, effectiveDate: from, effectiveUntil: until,
            languageCode: other == "fr" ? text : ""))
      }
    case 5:
      return {
        _ = try await client.listMembers(
          .init(pageSize: size, pageToken: "", filter: text, orderBy: other, asOf: asOf))
      }
    case 6:
      return { _ = try await client.searchMembers(.init(query: text, pageSize: size, asOf: asOf)) }
    case 7:
      return { _ = try await client.getMember(.init(name: "members/\(id)", asOf: asOf)) }
    default:
      return { _ = try await client.listMembers(.init(pageToken: text, asOf: asOf)) }
    }
  }

  /// All that was taken is read again, in lists, by name and in its history.
  private func checkWhole(_ register: TestRegister) async throws {
    let client = register.client
    let members = try await client.listMembers(.init(pageSize: 1_000, showDeleted: true)).members
    for member in members {
      #expect(try await client.getMember(.init(name: member.name)) == member)
      let history = try await client.listMemberRevisions(.init(parent: member.name))
      #expect(!history.revisions.isEmpty)
      #expect(member.displayName?.values.values.contains { $0.utf8.contains(0) } == false)
    }
  }

  @Test("Of many that change one version, one does; of many with one request, all hear the same")
  func concurrently() async throws {
    let register = try await TestRegister()
    let request = MembershipV1.CreateMemberRequest(
      member: .city(), requestId: "0b6b8a4e-52cf-4d1b-9f0e-6c1d2b7a9e35")
    let made = try await withThrowingTaskGroup { group in
      for _ in 0..<20 { group.addTask { try await register.client.createMember(request) } }
      return try await group.reduce(into: Set<MembershipV1.Member>()) { $0.insert($1) }
    }
    let member = try #require(made.first)
    #expect(made.count == 1)
    let outcomes = await withTaskGroup { group in
      for number in 1...20 as ClosedRange<Int64> {
        group.addTask {
          var change = member
          change.population = .init(inhabitants: number)
          return await failure { [change] in
            try await register.client.updateMember(.init(member: change))
          }?.reason
        }
      }
      return await group.reduce(into: [String?]()) { $0.append($1) }
    }
    #expect(outcomes.filter { $0 == nil }.count == 1)
    #expect(outcomes.filter { $0 == "ETAG_MISMATCH" }.count == 19)
    let history = try await register.client.listMemberRevisions(.init(parent: member.name))
    #expect(history.revisions.count == 2)
  }

  @Test("A name of many words in many languages is kept and found")
  func manyWords() async throws {
    let register = try await TestRegister()
    let letters = "abcdefghijklmnopqrstuvwxyz".map(String.init)
    var member = MembershipV1.Member.city()
    member.displayName?.values = [:]
    for one in letters.prefix(10) {
      for other in letters.prefix(9) {
        let words = (0..<60).map { "\(one)\(other)\($0)" }
        member.displayName?.values["\(one)\(other)"] = words.joined(separator: " ")
      }
    }
    member.displayName?.originalLanguage = "aa"
    let made = try await register.client.createMember(.init(member: member, memberId: "many"))
    #expect(made.displayName?.values.count == 90)
    #expect(try await register.client.searchMembers(.init(query: "jh59")).members == [made])
  }
}
