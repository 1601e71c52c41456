import Messages
import RPC
import ResourceAPI
import Testing
import WellKnown

@testable import cabildo_membership

/// What becomes of members by create, update, delete and undelete.
@Suite struct WriteTests {
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
    let error = await failure {
      try await register.client.createMember(.init(member: .city(), memberId: "my-own"))
    }
    #expect(error?.code == .alreadyExists)
    #expect(error?.reason == "MEMBER_EXISTS")
  }
}
