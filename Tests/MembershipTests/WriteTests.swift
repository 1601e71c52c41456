import Foundation
import Messages
import RPC
import ResourceAPI
import Storage
import Testing
import WellKnown

@testable import cabildo_membership

/// What becomes of members by create, update, delete and undelete.
@Suite struct WriteTests {
  private static let one = "0b6b8a4e-52cf-4d1b-9f0e-6c1d2b7a9e35"

  @Test("A new member is answered whole, and is there")
  func create() async throws {
    let register = try await TestRegister()
    let made = try await register.client.createMember(.init(member: .city()))
    #expect(made.name == "members/bilbao")
    #expect(made.uid.count == 32)
    #expect(!made.etag.isEmpty)
    #expect(made.createTime == made.updateTime)
    #expect(made.accessLevel == .public)
    #expect(made.validPeriod?.from == nil && made.validPeriod?.until == nil)
    #expect(made.shownName == TypeV1.ShownText(text: "Bilbao", languageCode: "es", fallback: true))
    let read = try await register.client.getMember(.init(name: "members/bilbao"))
    #expect(read == made)
  }

  @Test("Everything that a member can say comes back as it was said")
  func wholeMember() async throws {
    let register = try await TestRegister()
    _ = try await register.client.createSection(.europe)
    let said = MembershipV1.Member.whole
    let made = try await register.client.createMember(.init(member: said))
    var expected = said
    (expected.name, expected.uid, expected.etag) = (made.name, made.uid, made.etag)
    (expected.createTime, expected.updateTime) = (made.createTime, made.updateTime)
    expected.status = .active
    expected.shownName = made.shownName
    expected.validPeriod = made.validPeriod
    #expect(made == expected)
    #expect(made.validPeriod?.from == GoogleType.Date(year: 2004, month: 5, day: 1))
    #expect(try await register.client.getMember(.init(name: made.name)) == made)
  }

  @Test("An id is made from the name, and a second of the name gets a number")
  func ids() async throws {
    let register = try await TestRegister()
    let names = try await [
      register.client.createMember(.init(member: .city("A Coruña"))).name,
      register.client.createMember(.init(member: .city("A Coruña"))).name,
      register.client.createMember(.init(member: .city("a  coruna"))).name,
      register.client.createMember(.init(member: .city("北京", country: "CN"))).name,
      register.client.createMember(.init(member: .city(), memberId: "my-own")).name,
    ]
    #expect(
      names == [
        "members/a-coruna", "members/a-coruna-2", "members/a-coruna-3", "members/member",
        "members/my-own",
      ])
  }

  @Test("An id is given once, even if its member is deleted")
  func idsAreKept() async throws {
    let register = try await TestRegister()
    let client = register.client
    _ = try await client.createMember(.init(member: .city(), memberId: "a"))
    let error = await failure {
      try await client.createMember(.init(member: .city(), memberId: "a"))
    }
    #expect(error?.code == .alreadyExists)
    #expect(error?.errorInfo?.metadata["deleted"] == "false")
    _ = try await client.deleteMember(.init(name: "members/a"))
    let again = await failure {
      try await client.createMember(.init(member: .city(), memberId: "a"))
    }
    #expect(again?.reason == "MEMBER_EXISTS")
    #expect(again?.errorInfo?.metadata["deleted"] == "true")
  }

  @Test("An update changes what its mask names, and nothing else")
  func updateByMask() async throws {
    let register = try await TestRegister()
    let made = try await register.client.createMember(.init(member: .city()))
    register.tick()
    var wanted = MembershipV1.Member.city("Other", country: "FR")
    wanted.name = made.name
    wanted.population = .init(inhabitants: 346_843, source: "Eustat")
    let changed = try await register.client.updateMember(
      .init(member: wanted, updateMask: .init(paths: ["population.inhabitants"])))
    var expected = made
    expected.population = .init(inhabitants: 346_843)
    (expected.etag, expected.updateTime) = (changed.etag, changed.updateTime)
    #expect(changed == expected)
    #expect(changed.etag != made.etag)
    #expect(changed.updateTime != made.updateTime)
  }

  struct Mask: CustomTestStringConvertible, Sendable {
    let paths: [String]?
    let changed: [String]
    var testDescription: String { paths?.joined(separator: ",") ?? "none" }
  }

  @Test(
    "A mask names fields, parts of them, all, or leaves it to what is filled",
    arguments: [
      Mask(paths: ["country_code"], changed: ["country_code"]),
      Mask(paths: ["display_name.values.fr"], changed: ["display_name"]),
      Mask(paths: ["display_name.values"], changed: ["display_name"]),
      Mask(paths: ["level", "etag", "uid", "status", "create_time"], changed: ["level"]),
      Mask(paths: ["status"], changed: []),
      Mask(
        paths: ["*"], changed: ["display_name", "country_code", "level", "languages", "access"]),
      Mask(paths: nil, changed: ["display_name", "country_code", "level", "access"]),
      Mask(paths: [], changed: ["display_name", "country_code", "level", "access"]),
      Mask(paths: ["languages"], changed: ["languages"]),
    ])
  func masks(mask: Mask) async throws {
    let register = try await TestRegister()
    var first = MembershipV1.Member.city()
    first.languages = ["es"]
    first.accessLevel = .members
    let made = try await register.client.createMember(.init(member: first))
    var wanted = MembershipV1.Member.city("Bilbo", country: "FR")
    wanted.name = made.name
    wanted.displayName?.values["fr"] = "Bilbao"
    wanted.level = .municipal
    wanted.accessLevel = .public
    let changed = try await register.client.updateMember(
      .init(member: wanted, updateMask: mask.paths.map { .init(paths: $0) }))
    var fields: [String] = []
    if changed.displayName != made.displayName { fields.append("display_name") }
    if changed.countryCode != made.countryCode { fields.append("country_code") }
    if changed.level != made.level { fields.append("level") }
    if changed.languages != made.languages { fields.append("languages") }
    if changed.accessLevel != made.accessLevel { fields.append("access") }
    #expect(fields == mask.changed)
    #expect((changed.etag == made.etag) == mask.changed.isEmpty)
  }

  @Test("A stale etag changes nothing, and the answer has the current one")
  func staleEtag() async throws {
    let register = try await TestRegister()
    let made = try await register.client.createMember(.init(member: .city()))
    var change = made
    change.countryCode = "FR"
    let changed = try await register.client.updateMember(.init(member: change))
    change.countryCode = "PT"
    let errors = await [
      failure { try await register.client.updateMember(.init(member: change)) },
      failure {
        try await register.client.deleteMember(.init(name: made.name, etag: made.etag))
      },
    ]
    for error in errors {
      #expect(error?.code == .aborted)
      #expect(error?.reason == "ETAG_MISMATCH")
      #expect(error?.errorInfo?.metadata["current_etag"] == changed.etag)
    }
    #expect(try await register.client.getMember(.init(name: made.name)) == changed)
  }

  @Test("A change that changes nothing is none: no new version, nothing in the history")
  func noChange() async throws {
    let register = try await TestRegister()
    let made = try await register.client.createMember(.init(member: .city()))
    let same = try await register.client.updateMember(.init(member: made))
    #expect(same == made)
    let history = try await register.client.listMemberRevisions(.init(parent: made.name))
    #expect(history.revisions.count == 1)
  }

  @Test("A deleted member is found, refuses changes, and comes back as it was")
  func deletion() async throws {
    let register = try await TestRegister()
    let client = register.client
    let made = try await client.createMember(.init(member: .city()))
    register.tick()
    let deleted = try await client.deleteMember(.init(name: made.name))
    #expect(deleted.deleteTime != nil)
    #expect(deleted.deleteTime == deleted.updateTime)
    #expect(try await client.getMember(.init(name: made.name)) == deleted)
    #expect(try await client.listMembers(.init()).members == [])
    #expect(try await client.searchMembers(.init(query: "bilbao")).members == [])
    var change = MembershipV1.Member.city("B")
    change.name = made.name
    let refused = await failure { try await client.updateMember(.init(member: change)) }
    #expect(refused?.code == .failedPrecondition)
    #expect(refused?.reason == "MEMBER_DELETED")
    let twice = await failure { try await client.deleteMember(.init(name: made.name)) }
    #expect(twice?.reason == "MEMBER_DELETED")
    register.tick()
    let back = try await client.undeleteMember(.init(name: made.name, etag: deleted.etag))
    var expected = made
    (expected.etag, expected.updateTime) = (back.etag, back.updateTime)
    #expect(back == expected)
    let notDeleted = await failure { try await client.undeleteMember(.init(name: made.name)) }
    #expect(notDeleted?.code == .alreadyExists)
    #expect(notDeleted?.reason == "MEMBER_NOT_DELETED")
  }

  @Test("An identifier has one member, and stays with a deleted one")
  func identifiers() async throws {
    let register = try await TestRegister()
    let client = register.client
    var bilbao = MembershipV1.Member.city()
    bilbao.identifiers = [.init(scheme: .wikidata, value: "Q8692")]
    let made = try await client.createMember(.init(member: bilbao))
    _ = try await client.deleteMember(.init(name: made.name))
    let taken = await failure { try await client.createMember(.init(member: bilbao)) }
    #expect(taken?.code == .alreadyExists)
    #expect(taken?.reason == "IDENTIFIER_TAKEN")
    #expect(taken?.errorInfo?.metadata["member"] == "members/bilbao")
    var other = try await client.createMember(.init(member: .city("B")))
    other.identifiers = bilbao.identifiers
    #expect(
      await failure { try await client.updateMember(.init(member: other)) }?.reason
        == "IDENTIFIER_TAKEN")
    // Given up for all days, it is free.
    _ = try await client.undeleteMember(.init(name: made.name))
    _ = try await client.updateMember(
      .init(member: .init(name: made.name), updateMask: .init(paths: ["identifiers"])))
    let moved = try await client.updateMember(.init(member: other))
    let found = try await client.lookupMember(.init(identifier: bilbao.identifiers[0]))
    #expect(found.name == moved.name)
  }

  @Test("A rehearsal answers what would be, and leaves nothing behind")
  func validateOnly() async throws {
    let register = try await TestRegister()
    let client = register.client
    let rehearsed = try await client.createMember(
      .init(member: .city(), requestId: Self.one, validateOnly: true))
    #expect(rehearsed.name == "members/bilbao")
    #expect(
      await failure { try await client.getMember(.init(name: rehearsed.name)) }?.code == .notFound)
    // The name of the request is still free.
    let other = try await client.createMember(.init(member: .city("Other"), requestId: Self.one))
    #expect(other.name == "members/other")
    let invalid = await failure {
      try await client.createMember(.init(member: .init(), validateOnly: true))
    }
    #expect(invalid?.code == .invalidArgument)
    _ = try await client.deleteMember(.init(name: other.name, validateOnly: true))
    #expect(try await client.getMember(.init(name: other.name)) == other)
  }

  @Test("The same request again happens once, even after a restart")
  func requestID() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let location = StoreLocation.file(folder.appending(path: "members.sqlite").path)
    let request = MembershipV1.CreateMemberRequest(member: .city(), requestId: Self.one)
    var answers: [MembershipV1.Member] = []
    for _ in 0..<2 {
      let register = try await TestRegister(location)
      for _ in 0..<2 {
        answers.append(try await register.client.createMember(request))
        register.tick()
      }
      #expect(try await register.client.listMembers(.init()).members == [answers[0]])
      let other = await failure {
        try await register.client.createMember(.init(member: .city("C"), requestId: Self.one))
      }
      #expect(other?.reason == "REQUEST_ID_REUSED")
      await register.database.close()
    }
    #expect(Set(answers).count == 1)
  }

  @Test("A failed request may be tried again under its name")
  func failedRequest() async throws {
    let register = try await TestRegister()
    let wrong = MembershipV1.Member.city(country: "ZZ")
    _ = await failure {
      try await register.client.createMember(.init(member: wrong, requestId: Self.one))
    }
    let made = try await register.client.createMember(
      .init(member: .city(), requestId: Self.one))
    let history = try await register.client.listMemberRevisions(.init(parent: made.name))
    #expect(history.revisions.map(\.requestId) == [Self.one])
  }
}

extension MembershipV1.CreateSectionRequest {
  static let europe = Self(
    section: .init(kind: .regional, displayName: .init(values: ["en": "Europe", "fr": "Europe"])),
    sectionId: "europe")
}

extension MembershipV1.Member {
  /// A member in which every field is filled.
  static var whole: Self {
    MembershipV1.Member(
      kind: .city,
      displayName: .init(values: ["es": "Bilbao", "eu": "Bilbo"], originalLanguage: "eu"),
      countryCode: "ES", section: "sections/europe", level: .municipal,
      population: .init(
        inhabitants: 346_843, date: .init(precision: .semester, year: 2021, semester: 2),
        source: "Eustat"),
      location: .init(latitude: 43.26, longitude: -2.93), languages: ["es", "eu"],
      identifiers: [
        .init(scheme: .wikidata, value: "Q8692"), .init(scheme: .geonames, value: "3128026"),
        .init(scheme: .iso31662, value: "ES-BI"), .init(scheme: .unLocode, value: "ESBIO"),
      ],
      statusSteps: [
        .init(status: .applicant, date: .init(precision: .year, year: 2003)),
        .init(
          status: .active, date: .init(precision: .month, year: 2004, month: 5),
          reason: .init(values: ["en": "admitted"]), document: "Minutes 4/2004"),
      ],
      accessLevel: .members, sources: [.init(document: "work plan 2022", locator: "§2.1.1")])
  }
}
