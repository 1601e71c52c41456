import Auth
import Messages
import RPC
import Testing
import WellKnown

@testable import cabildo_membership

/// Who sees and changes what.
@Suite struct AccessTests {
  private func register() async throws -> TestRegister {
    let register = try await TestRegister()
    for number in 0..<9 {
      var member = MembershipV1.Member.city("City \(number)")
      member.accessLevel = number % 3 == 0 ? .public : number % 3 == 1 ? .members : .leadership
      member.identifiers = [.init(scheme: .geonames, value: "\(number + 1)")]
      _ = try await register.client.createMember(.init(member: member))
      register.tick()
    }
    return register
  }

  @Test("Nobody sees but what is public, and pages are full all the same")
  func anonymous() async throws {
    let register = try await register()
    let nobody = register.client(as: nil)
    var request = MembershipV1.ListMembersRequest(pageSize: 2)
    let first = try await nobody.listMembers(request)
    #expect(first.members.map(\.name) == ["members/city-0", "members/city-3"])
    request.pageToken = first.nextPageToken
    let second = try await nobody.listMembers(request)
    #expect(second.members.map(\.name) == ["members/city-6"])
    #expect(second.nextPageToken.isEmpty)
    #expect(try await nobody.searchMembers(.init(query: "city")).members.count == 3)
    let errors = await [
      failure { try await nobody.getMember(.init(name: "members/city-1")) },
      failure { try await nobody.listMemberRevisions(.init(parent: "members/city-1")) },
      failure {
        try await nobody.lookupMember(.init(identifier: .init(scheme: .geonames, value: "2")))
      },
    ]
    #expect(errors.map { $0?.code } == [.notFound, .notFound, .notFound])
    // As if it was not there at all.
    #expect(
      errors[0]?.message
        == (await failure { try await nobody.getMember(.init(name: "members/city-9")) })?.message
        .replacing("city-9", with: "city-1"))
  }

  @Test("Readers and registrars see all", arguments: [Role.reader, .registrar])
  func readers(role: Role) async throws {
    let client = try await register().client(as: [role])
    #expect(try await client.listMembers(.init()).members.count == 9)
    #expect(try await client.getMember(.init(name: "members/city-2")).accessLevel == .leadership)
  }

  @Test("An operator has no more sight than nobody")
  func operators() async throws {
    let client = try await register().client(as: [.operator])
    #expect(try await client.listMembers(.init()).members.count == 3)
  }

  @Test(
    "Only registrars write",
    arguments: [
      (nil, StatusCode.unauthenticated), ([Role.reader], .permissionDenied),
      ([.operator], .permissionDenied),
    ] as [([Role]?, StatusCode)])
  func writers(roles: [Role]?, code: StatusCode) async throws {
    let register = try await register()
    let client = register.client(as: roles.map { Set($0) })
    let errors = await [
      failure { try await client.createMember(.init(member: .city())) },
      failure { try await client.createMember(.init(member: .city(), validateOnly: true)) },
      failure { try await client.updateMember(.init(member: .init(name: "members/city-0"))) },
      failure { try await client.deleteMember(.init(name: "members/city-0")) },
      failure { try await client.undeleteMember(.init(name: "members/city-0")) },
      failure { try await client.createSection(.europe) },
    ]
    #expect(errors.map { $0?.code } == Array(repeating: code, count: errors.count))
  }

  @Test("What is no longer public was not public to nobody, either")
  func restriction() async throws {
    let register = try await register()
    let before = TypeV1.AsOf(recordedTime: register.tick())
    _ = try await register.client.updateMember(
      .init(member: .init(name: "members/city-0", accessLevel: .members)))
    register.tick()
    let nobody = register.client(as: nil)
    let reader = register.client(as: [.reader])
    let request = MembershipV1.GetMemberRequest(name: "members/city-0", asOf: before)
    #expect(await failure { try await nobody.getMember(request) }?.code == .notFound)
    #expect(try await reader.getMember(request).accessLevel == .public)
    #expect(try await nobody.listMembers(.init(asOf: before)).members.count == 2)
    let history = MembershipV1.ListMemberRevisionsRequest(parent: "members/city-0")
    #expect(await failure { try await nobody.listMemberRevisions(history) }?.code == .notFound)
    #expect(try await reader.listMemberRevisions(history).revisions.count == 2)
  }

  @Test("The feed shows nobody what a restriction hid, whatever cursor they go on from")
  func restrictedFeed() async throws {
    let register = try await TestRegister()
    let nobody = register.client(as: nil)
    let patience = CallOptions(timeout: .seconds(30))
    let early = try await nobody.watchChanges(.init(tailOnly: true), patience)
    let earlyCursor = try await early.responses.next()?.cursor ?? ""
    // Keeps what follows in memory.
    let reader = try await register.client(as: [.reader]).watchChanges(
      .init(tailOnly: true), patience)
    _ = try await reader.responses.next()
    for name in ["A", "B", "C"] {
      _ = try await register.client.createMember(.init(member: .city(name)))
      register.tick()
      while case let event? = try await reader.responses.next()?.event {
        if case .change = event { break }
      }
    }
    let snapshot = try await nobody.watchChanges(.init(), patience)
    var halfway = ""
    while let response = try await snapshot.responses.next() {
      halfway = response.cursor
      if case .change = response.event { break }
    }
    _ = try await register.client.updateMember(
      .init(member: .init(name: "members/b", accessLevel: .members)))
    register.tick()
    let last = try await register.client.createMember(.init(member: .city("D")))

    for cursor in [earlyCursor, halfway] {
      #expect(!cursor.isEmpty)
      let resumed = try await nobody.watchChanges(.init(cursor: cursor), patience)
      var seen: [String] = []
      while seen.last != last.name, let response = try await resumed.responses.next() {
        guard case .change(let change) = response.event else { continue }
        seen.append(change.resource == nil ? "no \(change.resourceName)" : change.resourceName)
      }
      let before = cursor == earlyCursor ? ["members/a"] : []
      #expect(seen == before + ["members/c", "no members/b", "members/d"])
    }
  }
}
