import RPC
import RPCClient
import Testing
import WellKnown

@testable import cabildo_gateway

/// Which service a call is for, and what a caller hears when there is none.
@Suite struct RoutingTests {
  private static func upstream(_ name: String, _ prefix: String) -> Upstream {
    Upstream(
      name: name, prefix: prefix, target: "localhost:1", invoker: InProcessChannel(Router([])))
  }

  private static let routes = Routes([
    upstream("membership", "cabildo.membership."), upstream("events", "cabildo.events."),
    upstream("archive", "cabildo.events.archive."),
    Upstream(notSetUp: "finance", prefix: "cabildo.finance."),
  ])

  @Test(
    "The longest prefix decides",
    arguments: [
      ("cabildo.membership.v1.MembershipService", "membership"),
      ("cabildo.events.v1.EventService", "events"),
      ("cabildo.events.archive.v1.ArchiveService", "archive"),
      ("cabildo.finance.v1.FinanceService", "finance"), ("cabildo.membershipx.v1.S", nil),
      ("cabildo.membership", nil), ("Cabildo.membership.v1.S", nil), ("cabildo", nil), ("", nil),
    ])
  func prefixes(name: String, expected: String?) {
    #expect(Self.routes.upstream(of: name)?.name == expected)
  }

  @Test("What is not served is UNIMPLEMENTED and names what is")
  func unknown() async throws {
    try await withGateway { gateway in
      let error = await gateway.client.outcome(of: "/other.v1.Service/Do", .unary).error
      #expect(error?.code == .unimplemented)
      #expect(error?.message == "no service other.v1.Service here; what is served is test.*")
      #expect(error?.errorInfo?.metadata == ["served": "test.*"])
    }
  }

  @Test("A method that the gateway's own services lack is not passed to anybody")
  func ownServices() async throws {
    try await withGateway { gateway in
      let error = await gateway.client.outcome(of: "/grpc.health.v1.Health/Nothing", .unary).error
      #expect(error?.code == .unimplemented)
      #expect(error?.message == "service grpc.health.v1.Health has no method Nothing")
    }
  }

  @Test("A service that is not set up is UNAVAILABLE by its name, and trying again is no use")
  func notSetUp() async throws {
    try await withGateway { gateway in
      let error = await gateway.client.outcome(of: "/cabildo.finance.v1.F/Get", .unary).error
      #expect(error?.code == .unavailable)
      #expect(error?.message == "the service finance is not set up behind this gateway")
      #expect(error?.reason == "UPSTREAM_NOT_SET_UP")
      #expect(error?.errorInfo?.metadata == ["service": "finance"])
      #expect(error?.details.count == 1)
    }
  }

  @Test("Methods that callers make up fill no memory and hide no others")
  func madeUpMethods() throws {
    let table = MethodTable(Self.routes, own: [], deadlineMargin: .zero)
    for number in 0..<10_000 {
      let method = try table.method(at: "/cabildo.events.v1.E/M\(number)")
      #expect(method?.name.method == "M\(number)")
    }
    let method = try table.method(at: "/cabildo.membership.v1.M/Get")
    #expect(method?.name == "/cabildo.membership.v1.M/Get")
  }
}
