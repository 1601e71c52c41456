import Messages
import RPC
import Testing

@testable import cabildo_membership

/// Pages of members, in their orders and with their filters.
@Suite struct ListTests {
  /// Cities with sizes, changed in another order than they were made in.
  private func cities() async throws -> TestRegister {
    let register = try await TestRegister()
    _ = try await register.client.createSection(.europe)
    let sizes: [(String, String, Int64?)] = [
      ("Zürich", "CH", 400), ("Aarhus", "DK", 300), ("Ávila", "ES", 60), ("Bilbao", "ES", 340),
      ("øre", "DK", nil), ("Łódź", "PL", 660), ("Aarau", "CH", 60),
    ]
    for (name, country, size) in sizes {
      var member = MembershipV1.Member.city(name, country: country)
      member.population = size.map { .init(inhabitants: $0) }
      if country == "ES" { member.section = "sections/europe" }
      _ = try await register.client.createMember(.init(member: member))
      register.tick()
    }
    _ = try await register.client.updateMember(
      .init(member: .init(name: "members/avila", level: .municipal)))
    return register
  }

  /// The names on all pages, and how many each page had.
  private func pages(_ register: TestRegister, _ request: MembershipV1.ListMembersRequest)
    async throws -> (names: [String], sizes: [Int])
  {
    var request = request
    var (names, sizes): ([String], [Int]) = ([], [])
    repeat {
      let page = try await register.client.listMembers(request)
      names += page.members.map { String($0.name.dropFirst("members/".count)) }
      sizes.append(page.members.count)
      request.pageToken = page.nextPageToken
    } while !request.pageToken.isEmpty && sizes.count < 100
    return (names, sizes)
  }

  @Test(
    "Every order pages through all, each member once",
    arguments: [
      ("", ["aarau", "aarhus", "avila", "bilbao", "lodz", "ore", "zurich"]),
      ("display_name", ["aarau", "aarhus", "avila", "bilbao", "lodz", "ore", "zurich"]),
      ("population", ["ore", "avila", "aarau", "aarhus", "bilbao", "zurich", "lodz"]),
      ("population desc", ["lodz", "zurich", "bilbao", "aarhus", "aarau", "avila", "ore"]),
      ("update_time desc", ["avila", "aarau", "lodz", "ore", "bilbao", "aarhus", "zurich"]),
    ])
  func orders(order: String, names: [String]) async throws {
    let register = try await cities()
    for size in 1...8 as ClosedRange<Int32> {
      let found = try await pages(register, .init(pageSize: size, orderBy: order))
      #expect(found.names == names, "pages of \(size)")
      #expect(found.sizes.dropLast().allSatisfy { $0 == Int(size) })
      #expect(found.sizes.last ?? 0 > 0)
    }
  }

  @Test(
    "A filter leaves the others out, in every order",
    arguments: [
      ("country_code = ES", ["avila", "bilbao"]),
      ("section = \"sections/europe\"", ["avila", "bilbao"]),
      ("section = \"sections/europe\" AND country_code = ES", ["avila", "bilbao"]),
      ("section = \"sections/europe\" AND country_code = DK", []),
      ("country_code = DK", ["aarhus", "ore"]), ("kind = REGION", []),
      ("section = \"sections/europe\" AND kind = CITY", ["avila", "bilbao"]),
      ("section = \"sections/nowhere\"", []), ("status = ACTIVE", []),
      ("section = \"sections/europe\" AND status = STATUS_UNSPECIFIED", ["avila", "bilbao"]),
    ])
  func filters(filter: String, names: [String]) async throws {
    let register = try await cities()
    for order in ["display_name", "population", "population desc", "update_time desc"] {
      let found = try await pages(register, .init(pageSize: 1, filter: filter, orderBy: order))
      #expect(found.names.sorted() == names, "\(order)")
    }
  }

  @Test("Deleted members are listed when they are asked for")
  func showDeleted() async throws {
    let register = try await cities()
    _ = try await register.client.deleteMember(.init(name: "members/avila"))
    let without = try await pages(register, .init(pageSize: 3))
    #expect(without.names == ["aarau", "aarhus", "bilbao", "lodz", "ore", "zurich"])
    #expect(without.sizes == [3, 3])
    let with = try await pages(register, .init(pageSize: 3, showDeleted: true))
    #expect(with.names == ["aarau", "aarhus", "avila", "bilbao", "lodz", "ore", "zurich"])
  }

  @Test("A page is as large as it may be")
  func pageSizes() async throws {
    let register = try await cities()
    #expect(try await pages(register, .init(pageSize: .max)).sizes == [7])
    #expect(try await pages(register, .init(pageSize: 0)).sizes == [7])
  }

  @Test("Long records make shorter pages, that all fit into messages")
  func longRecords() async throws {
    let register = try await TestRegister()
    let text = String(repeating: "x", count: 490)
    for number in 0..<40 {
      var member = MembershipV1.Member.city("City \(number)")
      member.statusSteps = (0..<40).map { step in
        .init(
          status: step % 2 == 0 ? .active : .suspended,
          date: .init(precision: .year, year: Int32(1900 + step)),
          reason: .init(
            values: Dictionary(
              uniqueKeysWithValues: ["en", "es", "fr", "de", "it", "pt", "ca", "eu"].map {
                ($0, text)
              })))
      }
      _ = try await register.client.createMember(.init(member: member))
    }
    let found = try await pages(register, .init(pageSize: 1_000))
    #expect(found.names.count == 40)
    #expect(Set(found.names).count == 40)
    #expect(found.sizes.count > 1)
  }

  @Test("A list as of before merges what holds and what does not, in order")
  func pastLists() async throws {
    let register = try await cities()
    let before = TypeV1.AsOf(recordedTime: register.tick())
    let names = try await pages(register, .init()).names
    for name in ["aarhus", "bilbao", "zurich"] {
      var member = MembershipV1.Member.city("A new name", country: "FR")
      member.name = "members/\(name)"
      _ = try await register.client.updateMember(.init(member: member))
    }
    register.tick()
    for size in 1...8 as ClosedRange<Int32> {
      #expect(try await pages(register, .init(pageSize: size, asOf: before)).names == names)
    }
    let spanish = MembershipV1.ListMembersRequest(
      pageSize: 1, filter: "country_code = ES", asOf: before)
    #expect(try await pages(register, spanish).names == ["avila", "bilbao"])
  }
}
