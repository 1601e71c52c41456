import RPC
import Testing

@Suite struct RouterTests {
  private static let known = ServerMethod("/a.A/Known", .unary) { _ in }

  private static func router(
    fallback: @escaping @Sendable (String) throws(RPCError) -> ServerMethod?
  ) -> Router {
    var router = Router([])
    router.add(known)
    router.fallback = fallback
    return router
  }

  @Test(
    "A method that is not here is the fallback's, any that is here is not",
    arguments: [("/a.A/Known", "/a.A/Known"), ("/a.A/Other", "/else/where"), ("/", "/else/where")])
  func fallback(path: String, expected: MethodName) throws {
    let router = Self.router { _ in ServerMethod("/else/where", .bidirectional) { _ in } }
    #expect(try router.method(at: Array(path.utf8)[...]).name == expected)
  }

  @Test("What the fallback throws is the answer")
  func refusal() {
    let router = Self.router { path throws(RPCError) in throw RPCError(.unimplemented, path) }
    #expect(throws: RPCError(.unimplemented, "/b.B/C")) {
      try router.method(at: Array("/b.B/C".utf8)[...])
    }
  }

  @Test("What the fallback does not know is refused as ever")
  func unknown() {
    let router = Self.router { _ in nil }
    #expect(throws: RPCError(.unimplemented, "service a.A has no method Other")) {
      try router.method(at: Array("/a.A/Other".utf8)[...])
    }
  }

  @Test("A path that is not ASCII names nothing, whoever would be asked")
  func bytes() {
    let router = Self.router { _ in Self.known }
    #expect(throws: RPCError(.unimplemented, "the path is not /package.Service/Method")) {
      try router.method(at: Array("/a.A/Ñ".utf8)[...])
    }
  }
}
