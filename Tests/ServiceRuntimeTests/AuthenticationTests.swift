import Auth
import Foundation
import Peers
import RPC
import RPCClient
import Testing
import WellKnown

/// Whose a call is, and what they may.
@Suite struct AuthenticationTests {
  @Test("Nobody, the wrong one and the right one before a method that wants a role")
  func roles() async throws {
    let folder = try TemporaryFolder()
    let key = SigningKey.make()
    let path = folder.path("keys.pem")
    try key.verificationKeys.write(to: path)
    let service = try await LiveService(["--token-keys-file", path], in: folder)
    func token(_ roles: Set<Role>, for duration: Duration = .seconds(60), by key: SigningKey)
      -> String
    {
      TokenIssuer(key).token(
        for: Principal(subject: "u-77", roles: roles), validFor: duration)
    }
    let good = token([.registrar], by: key)
    try await service.withChannel { channel in
      for (credentials, code, reason) in [
        (nil, .unauthenticated, "AUTHENTICATION_REQUIRED"),
        ("Bearer \(token([.reader], by: key))", .permissionDenied, "ROLE_REQUIRED"),
        ("Bearer \(token([], by: key))", .permissionDenied, "ROLE_REQUIRED"),
        ("Bearer \(token([.operator], by: key))", .permissionDenied, "ROLE_REQUIRED"),
        ("Bearer \(good)", nil, nil), ("bearer \(good)", nil, nil),
        (
          "Bearer \(token([.registrar], for: .seconds(-1), by: key))", .unauthenticated,
          "TOKEN_EXPIRED"
        ),
        ("Bearer \(token([.registrar], by: .make()))", .unauthenticated, "TOKEN_KEY_UNKNOWN"),
        ("Bearer \(good.dropLast(2))AA", .unauthenticated, "TOKEN_FORGED"),
        ("Bearer ", .unauthenticated, "TOKEN_MALFORMED"),
        ("Bearer  \(good)", .unauthenticated, "TOKEN_MALFORMED"),
        ("Basic \(good)", .unauthenticated, "TOKEN_MALFORMED"),
        (good, .unauthenticated, "TOKEN_MALFORMED"),
        ("Bearer \(String(repeating: "a", count: 5000))", .unauthenticated, "TOKEN_TOO_LARGE"),
      ] as [(String?, StatusCode?, String?)] {
        let metadata: Metadata = credentials.map { ["authorization": $0] } ?? [:]
        let error = await failure { _ = try await channel.call("Register", "", metadata) }
        #expect(error?.code == code, "\(credentials ?? "nobody")")
        #expect(error?.reason == reason)
        if error?.code == .permissionDenied {
          #expect(error?.errorInfo?.metadata == ["role": "registrar"])
          #expect(error?.message == "this needs the role registrar")
        }
      }
      var twice: Metadata = ["authorization": "Bearer \(good)"]
      twice.add("authorization", "Bearer \(good)")
      let error = await failure { _ = try await channel.call("Register", "", twice) }
      #expect(error?.reason == "TOKEN_MALFORMED")
      // A bad token is refused even where none is needed.
      let public_ = await failure { _ = try await channel.call("Echo", "", ["authorization": "x"]) }
      #expect(public_?.code == .unauthenticated)
      let answer = try await channel.call("Echo", "a")
      #expect(answer == "a")
    }
    let line = try await service.logLine { $0["reason"] as? String == "ROLE_REQUIRED" }
    #expect(line["subject"] as? String == "u-77")
    #expect(!service.program.printed.contains(good.suffix(40)))
    #expect(try await service.end() == 0)
  }

  @Test("A service that was given no keys accepts no token")
  func withoutKeys() async throws {
    let service = try await LiveService()
    try await service.withChannel { channel in
      let token = TokenIssuer(.make()).token(
        for: Principal(subject: "u", roles: []), validFor: .seconds(60))
      let error = await failure {
        _ = try await channel.call("Echo", "", ["authorization": "Bearer \(token)"])
      }
      #expect(error?.code == .unauthenticated)
      #expect(error?.reason == "TOKEN_KEY_UNKNOWN")
    }
    #expect(try await service.end() == 0)
  }
}
