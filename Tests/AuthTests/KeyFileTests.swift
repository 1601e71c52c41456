import Auth
import Crypto
import Foundation
import Peers
import Testing
import TokenFormat

/// Keys in files, ours and those of others.
@Suite struct KeyFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func openssl(_ arguments: String...) async throws -> String {
    let (code, output) = try await Program.run(URL(filePath: "/usr/bin/openssl"), arguments)
    #expect(code == 0, "\(output)")
    return output
  }

  @Test("A signing key is written for its owner alone, and never over another")
  func privateFile() throws {
    let path = folder.path("key.pem")
    let key = SigningKey.make()
    try key.write(to: path)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(throws: KeyFileError.exists(path)) { try SigningKey.make().write(to: path) }
    #expect(try SigningKey(file: path).id == key.id)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    #expect(throws: KeyFileError.exposed(path)) { try SigningKey(file: path) }
  }

  @Test("OpenSSL takes our keys and checks our signatures")
  func theirsOfOurs() async throws {
    let key = SigningKey.make()
    try key.write(to: folder.path("key.pem"))
    try key.verificationKeys.write(to: folder.path("public.pem"))
    _ = try await openssl(
      "pkey", "-in", folder.path("key.pem"), "-pubout", "-out", folder.path("same.pem"))
    #expect(try VerificationKeys(file: folder.path("same.pem")).ids == [key.id])

    let token = TokenIssuer(key).token(
      for: Principal(subject: "u", roles: [.reader]), validFor: .seconds(60))
    let parts = token.split(separator: ".")
    try folder.write("\(parts[0]).\(parts[1])", to: "signed")
    let signature = try #require(Base64URL.decode(parts[2].utf8))
    try Data(signature).write(to: folder.url.appending(path: "signature"))
    let verdict = try await openssl(
      "pkeyutl", "-verify", "-pubin", "-inkey", folder.path("public.pem"), "-rawin", "-in",
      folder.path("signed"), "-sigfile", folder.path("signature"))
    #expect(verdict.contains("Verified Successfully"))
  }

  @Test("OpenSSL's keys sign tokens here")
  func oursOfTheirs() async throws {
    let path = folder.path("theirs.pem")
    _ = try await openssl("genpkey", "-algorithm", "ed25519", "-out", path)
    _ = try await openssl("pkey", "-in", path, "-pubout", "-out", folder.path("public.pem"))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    let token = TokenIssuer(try SigningKey(file: path)).token(
      for: Principal(subject: "u", roles: []), validFor: .seconds(60))
    let keys = try VerificationKeys(file: folder.path("public.pem"))
    #expect(try TokenVerifier(keys).verify(token).subject == "u")
  }

  @Test("RFC 8037: the thumbprint of A.3 and the signature of A.4")
  func standard() throws {
    let set = """
      {"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
      """
    let keys = try VerificationKeys(file: try folder.write(set, to: "rfc8037.json"))
    #expect(keys.ids == ["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"])
    let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    let signature = try #require(
      Base64URL.decode(
        ("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt"
          + "9g7sVvpAr_MuM0KAg").utf8))
    let key = try #require(keys[keys.ids[0]])
    #expect(key.isValidSignature(signature, for: Data(signed.utf8)))
  }

  @Test("Several keys follow one another: each token by the key it names")
  func rotation() throws {
    let (old, new) = (SigningKey.make(), SigningKey.make())
    try old.verificationKeys.write(to: folder.path("old.pem"))
    try new.verificationKeys.write(to: folder.path("new.pem"))
    let both = try ["old", "new"].map {
      try String(contentsOfFile: folder.path("\($0).pem"), encoding: .utf8)
    }.joined()
    let verifier = TokenVerifier(
      try VerificationKeys(file: try folder.write("Keys of 2026\n\(both)", to: "both.pem")))
    let principal = Principal(subject: "u", roles: [])
    for key in [old, new] {
      let token = TokenIssuer(key).token(for: principal, validFor: .seconds(60))
      #expect(try verifier.verify(token) == principal)
    }
    let onlyNew = TokenVerifier(new.verificationKeys)
    let token = TokenIssuer(old).token(for: principal, validFor: .seconds(60))
    #expect(throws: TokenRefusal.keyUnknown) { try onlyNew.verify(token) }
  }

  @Test(
    "A file that holds no public keys is refused in a sentence",
    arguments: [
      ("", "holds neither PEM blocks nor a JWK set"),
      ("hello", "holds neither PEM blocks nor a JWK set"),
      ("-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n", "holds neither"),
      ("-----BEGIN PUBLIC KEY-----\nAAAA\n", "holds neither"),
      ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "not an Ed25519"),
      ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "a private key"),
      ("{}", "is no JWK set"), ("{\"keys\":[]}", "holds no key"),
      (#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#, "not an Ed25519"),
      (Forge().keySet(and: #","d":"AAAA""#), "a private key"),
      (#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]}"#, "not an Ed25519"),
      (#"{"keys":[{"kty":"OKP","crv":"X25519","x":"AAAA"}]}"#, "not an Ed25519"),
    ])
  func badFiles(text: String, why: String) throws {
    let path = try folder.write(text, to: "keys")
    let error = #expect(throws: KeyFileError.self) { try VerificationKeys(file: path) }
    #expect(error.map { "\($0)".contains(why) && "\($0)".contains(path) } == true, "\(error!)")
  }

  @Test("A file that is not there is named")
  func missing() {
    #expect(throws: KeyFileError.unreadable("/nowhere/keys")) {
      try VerificationKeys(file: "/nowhere/keys")
    }
    #expect(throws: KeyFileError.unreadable("/nowhere/key")) {
      try SigningKey(file: "/nowhere/key")
    }
  }

  @Test(
    "Base64 for URLs has one spelling",
    arguments: [
      ("", []), ("AA", [0]), ("_-8", [0xff, 0xef]), ("AQID", [1, 2, 3]), ("A", nil),
      ("AB", nil), ("AAB", nil), ("AA==", nil), ("AA\n", nil), ("+/8", nil), ("AAAAA", nil),
    ] as [(String, [UInt8]?)])
  func base64(text: String, bytes: [UInt8]?) {
    #expect(Base64URL.decode(text.utf8) == bytes)
    if let bytes { #expect(Base64URL.encode(bytes) == text) }
  }
}
