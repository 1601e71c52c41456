import Auth
import Foundation
import Peers
import Testing

/// The service as it is built: its own process, killed and started again, called by grpc's Python.
@Suite struct ProgramTests {
  private static let request = "0b6b8a4e-52cf-4d1b-9f0e-6c1d2b7a9e35"

  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "cabildo-\(UUID().uuidString)")

  /// The program on the folder's store, and its port.
  private func start() async throws -> (program: Program, port: String) {
    let program = try Program(
      Repository.executable("cabildo-membership"),
      [
        "--listen=127.0.0.1:0", "--data-dir=\(folder.appending(path: "data").path)",
        "--token-keys-file=\(folder.appending(path: "keys.pem").path)",
      ])
    let line = try await program.line(after: "{\"event\":\"started\"")
    let address = try #require(line.firstMatch(of: #/127\.0\.0\.1:(\d+)/#))
    return (program, String(address.1))
  }

  private func partner(_ port: String, _ token: String, _ what: String) async throws -> [Substring]
  {
    let (code, output) = try await Program.run(
      Repository.python, [Repository.script("members.py"), port, token, Self.request, what])
    #expect(code == 0, "\(output)")
    return output.split(separator: "\n")
  }

  @Test("A partner in Python keeps a member, which outlives the process")
  func partner() async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let key = SigningKey.make()
    try key.verificationKeys.write(to: folder.appending(path: "keys.pem").path)
    let token = TokenIssuer(key).token(
      for: Principal(subject: "test", roles: [.registrar]), validFor: .seconds(600))

    let (first, port) = try await start()
    let said = try await partner(port, token, "write")
    let made = try #require(said.first)
    #expect(
      said.dropFirst() == [
        "es Bilbao es False", "eu Bilbo eu False", "ar بلباو ar False", "fr Bilbo eu True",
        "found members/bilbo", "looked up members/bilbo",
        "refused UNAUTHENTICATED AUTHENTICATION_REQUIRED",
        "refused UNAUTHENTICATED TOKEN_FORGED",
        """
        refused INVALID_ARGUMENT FIELDS_INVALID \
        member.display_name.values.es:CHARACTER_NOT_ALLOWED member.country_code:COUNTRY_UNKNOWN
        """,
        "changed 1", "refused ABORTED ETAG_MISMATCH",
        "refused INVALID_ARGUMENT FIELDS_INVALID update_mask:PATH_UNKNOWN",
        "refused INVALID_ARGUMENT FILTER_NOT_SUPPORTED filter:FILTER_NOT_SUPPORTED",
        "watched members/bilbo ES 1",
      ])
    #expect(made.hasPrefix("made members/bilbo "))

    first.send(signal: SIGKILL)
    _ = try await first.exitCode(within: .seconds(10))
    let (second, newPort) = try await start()
    // The same request again has the answer of before, though the member has changed since.
    #expect(
      try await partner(newPort, token, "check") == [
        made, "revisions 2", "watched members/bilbo ES 1",
      ])
    second.send(signal: SIGTERM)
    #expect(try await second.exitCode(within: .seconds(20)) == 0)
  }
}
