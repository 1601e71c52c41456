import Messages
import RPC
import Testing

@testable import cabildo_membership

@Suite struct SectionTests {
  @Test("A section is made once, read, and listed in the order of names")
  func sections() async throws {
    let register = try await TestRegister()
    let client = register.client
    let names = ["Europe", "Africa", "Asia-Pacific", "Forum of Regions"]
    var made: [MembershipV1.Section] = []
    for name in names {
      made.append(
        try await client.createSection(
          .init(section: .init(kind: .regional, displayName: .init(values: ["en": name])))))
      register.tick()
    }
    #expect(made[2].name == "sections/asia-pacific")
    #expect(try await client.getSection(.init(name: "sections/europe")) == made[0])
    var request = MembershipV1.ListSectionsRequest(pageSize: 3)
    let first = try await client.listSections(request)
    request.pageToken = first.nextPageToken
    let second = try await client.listSections(request)
    #expect(second.nextPageToken.isEmpty)
    #expect(
      (first.sections + second.sections).map(\.name) == [
        "sections/africa", "sections/asia-pacific", "sections/europe", "sections/forum-of-regions",
      ])
    let again = await failure { try await client.createSection(.europe) }
    #expect(again?.code == .alreadyExists)
    #expect(again?.reason == "SECTION_EXISTS")
  }

  @Test("A section is shown in the language of the reader, else marked")
  func languages() async throws {
    let register = try await TestRegister()
    _ = try await register.client.createSection(.europe)
    let request = MembershipV1.GetSectionRequest(name: "sections/europe", languageCode: "es")
    let section = try await register.client(as: nil).getSection(request)
    #expect(section.shownName == .init(text: "Europe", languageCode: "en", fallback: true))
    let header = CallOptions(metadata: ["accept-language": "fr-CA, es;q=0.5"])
    let french = try await register.client.getSection(.init(name: "sections/europe"), header)
    #expect(french.shownName == .init(text: "Europe", languageCode: "fr", fallback: false))
  }
}
