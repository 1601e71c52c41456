import RPC
import Testing

@Suite struct TargetTests {
  @Test(
    "A target is one of gRPC's forms",
    arguments: [
      ("localhost:50051", Target.Kind.dns(.init(host: "localhost", port: 50051))),
      ("example.org", .dns(.init(host: "example.org", port: 443))),
      ("dns:///example.org:1", .dns(.init(host: "example.org", port: 1))),
      ("dns:example.org:1", .dns(.init(host: "example.org", port: 1))),
      ("dns:///[::1]:50051", .dns(.init(host: "::1", port: 50051))),
      ("[::1]:50051", .dns(.init(host: "::1", port: 50051))),
      ("[::1]", .dns(.init(host: "::1", port: 443))),
      ("::1", .dns(.init(host: "::1", port: 443))),
      ("static:a:1,b:2", .hosts([.init(host: "a", port: 1), .init(host: "b", port: 2)])),
      ("ipv4:1.2.3.4:5", .hosts([.init(host: "1.2.3.4", port: 5)])),
      ("ipv6:[::1]:5", .hosts([.init(host: "::1", port: 5)])),
      ("unix:run/a.sock", .unix(path: "run/a.sock")),
      ("unix:/run/a.sock", .unix(path: "/run/a.sock")),
      ("unix:///run/a.sock", .unix(path: "/run/a.sock")),
    ]
  )
  func forms(text: String, kind: Target.Kind) throws {
    #expect(try Target(text).kind == kind)
  }

  @Test(
    "What is no target is refused with the reason",
    arguments: [
      ("", TargetError.empty),
      ("xds:///a", .unknownScheme("xds")),
      ("dns://8.8.8.8/a:1", .authorityNotSupported("dns://8.8.8.8/a:1")),
      ("a:0", .badPort("a:0")),
      ("a:65536", .badPort("a:65536")),
      ("a:", .badPort("a:")),
      ("a:b", .badPort("a:b")),
      ("a:+1", .badPort("a:+1")),
      ("[::1]x", .badPort("[::1]x")),
      ("[::1", .noHost("[::1")),
      (":1", .noHost(":1")),
      ("dns:///", .noHost("")),
      ("a b:1", .noHost("a b:1")),
      ("a\r\n:1", .noHost("a\r\n:1")),
      ("static:", .noHost("")),
      ("static:a:1,", .noHost("")),
      ("unix:", .noPath("unix:")),
      ("unix://host/path", .authorityNotSupported("unix://host/path")),
    ]
  )
  func refusals(text: String, error: TargetError) {
    #expect(throws: error) { try Target(text) }
  }

  @Test(
    "Calls name the target as their authority",
    arguments: [
      ("dns:///a:1", "a:1", "a"), ("a", "a:443", "a"), ("[::1]:2", "[::1]:2", "::1"),
      ("static:a:1,b:2", "a:1", "a"), ("unix:/s", "localhost", "localhost"),
    ]
  )
  func authority(text: String, authority: String, serverName: String) throws {
    let target = try Target(text)
    #expect(target.authority == authority)
    #expect(target.serverName == serverName)
  }
}
