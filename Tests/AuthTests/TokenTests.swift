import Auth
import Crypto
import Foundation
import Peers
import Synchronization
import Testing
import TokenFormat

/// Which tokens are accepted, and for which reason others are not.
@Suite struct TokenTests {
  private let forge = Forge()
  private let folder: TemporaryFolder
  private let verifier: TokenVerifier

  init() throws {
    folder = try TemporaryFolder()
    verifier = TokenVerifier(try forge.keys(folder.url.path)) { Forge.now }
  }

  private func outcome(_ token: String) -> String {
    do throws(TokenRefusal) {
      let principal = try verifier.verify(token)
      return "\(principal.subject) \(principal.roles.map(\.rawValue).sorted())"
    } catch {
      return error.reason
    }
  }

  struct Claims: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let changes: @Sendable () -> [String: Any?]
    let outcome: String

    init(
      _ name: String, _ outcome: String,
      _ changes: @autoclosure @escaping @Sendable () -> [String: Any?]
    ) {
      testDescription = name
      self.changes = changes
      self.outcome = outcome
    }
  }

  @Test(
    "What a well signed token must claim",
    arguments: [
      Claims("as issued", "u-1 [\"registrar\"]", [:]),
      Claims("several audiences", "u-1 [\"registrar\"]", ["aud": ["other", "cabildo"]]),
      Claims("no roles", "u-1 []", ["roles": [String]()]),
      Claims("a role of later", "u-1 [\"reader\"]", ["roles": ["reader", "archivist"]]),
      Claims("claims of later", "u-1 [\"registrar\"]", ["x": ["y": [1.5, true, NSNull()]]]),
      Claims("without nbf and jti", "u-1 [\"registrar\"]", ["nbf": nil, "jti": nil]),
      Claims("the last second", "u-1 [\"registrar\"]", ["exp": Forge.now + 1]),
      Claims("the second of the end", "TOKEN_EXPIRED", ["exp": Forge.now]),
      Claims("long over", "TOKEN_EXPIRED", ["exp": 1]),
      Claims("over before it began", "TOKEN_EXPIRED", ["exp": -1]),
      Claims("a clock a minute ahead", "u-1 [\"registrar\"]", ["iat": Forge.now + 60]),
      Claims("a clock further ahead", "TOKEN_NOT_YET_VALID", ["iat": Forge.now + 61]),
      Claims("valid in a minute", "u-1 [\"registrar\"]", ["nbf": Forge.now + 60]),
      Claims("valid later", "TOKEN_NOT_YET_VALID", ["nbf": Forge.now + 61]),
      Claims("another issuer", "TOKEN_WRONG_ISSUER", ["iss": "cabildo2"]),
      Claims("another issuer's case", "TOKEN_WRONG_ISSUER", ["iss": "Cabildo"]),
      Claims("another audience", "TOKEN_WRONG_AUDIENCE", ["aud": "elsewhere"]),
      Claims("other audiences", "TOKEN_WRONG_AUDIENCE", ["aud": ["a", "b"]]),
      Claims("an audience that is none", "TOKEN_WRONG_AUDIENCE", ["aud": 1]),
      Claims("no issuer", "TOKEN_MALFORMED", ["iss": nil]),
      Claims("no audience", "TOKEN_MALFORMED", ["aud": nil]),
      Claims("no subject", "TOKEN_MALFORMED", ["sub": nil]),
      Claims("an empty subject", "TOKEN_MALFORMED", ["sub": ""]),
      Claims("a subject that is a number", "TOKEN_MALFORMED", ["sub": 7]),
      Claims("no issue time", "TOKEN_MALFORMED", ["iat": nil]),
      Claims("no expiry", "TOKEN_MALFORMED", ["exp": nil]),
      Claims("an expiry in words", "TOKEN_MALFORMED", ["exp": "never"]),
      Claims("an expiry beyond numbers", "TOKEN_MALFORMED", ["exp": 1e300]),
      Claims("half a second", "TOKEN_MALFORMED", ["exp": 1_764_000_100.5]),
      Claims("nbf in words", "TOKEN_MALFORMED", ["nbf": "now"]),
      Claims("no list of roles", "TOKEN_MALFORMED", ["roles": nil]),
      Claims("roles in one word", "TOKEN_MALFORMED", ["roles": "registrar"]),
      Claims("a role that is a number", "TOKEN_MALFORMED", ["roles": [1]]),
    ])
  func claims(_ row: Claims) throws {
    #expect(outcome(try forge.token(nil, Forge.claims(row.changes()))) == row.outcome)
  }

  @Test(
    "What the header of a token must say",
    arguments: [
      Claims("as issued", "u-1 [\"registrar\"]", [:]),
      Claims("without typ", "u-1 [\"registrar\"]", ["typ": nil]),
      Claims("no algorithm", "TOKEN_ALGORITHM_REFUSED", ["alg": nil]),
      Claims("none", "TOKEN_ALGORITHM_REFUSED", ["alg": "none"]),
      Claims("None", "TOKEN_ALGORITHM_REFUSED", ["alg": "None"]),
      Claims("HS256", "TOKEN_ALGORITHM_REFUSED", ["alg": "HS256"]),
      Claims("RS256", "TOKEN_ALGORITHM_REFUSED", ["alg": "RS256"]),
      Claims("eddsa", "TOKEN_ALGORITHM_REFUSED", ["alg": "eddsa"]),
      Claims("a list of algorithms", "TOKEN_ALGORITHM_REFUSED", ["alg": ["EdDSA"]]),
      Claims("no key", "TOKEN_MALFORMED", ["kid": nil]),
      Claims("a key that is a number", "TOKEN_MALFORMED", ["kid": 1]),
      Claims("an unknown key", "TOKEN_KEY_UNKNOWN", ["kid": "other"]),
      Claims("a path for a key", "TOKEN_KEY_UNKNOWN", ["kid": "../../etc/passwd"]),
      Claims("another type", "TOKEN_MALFORMED", ["typ": "JWE"]),
      Claims("something critical", "TOKEN_MALFORMED", ["crit": ["exp"]]),
    ])
  func headers(_ row: Claims) throws {
    #expect(outcome(try forge.token(forge.header(row.changes()))) == row.outcome)
  }

  @Test("A key that the token brings along is not looked at")
  func ownKey() throws {
    let stranger = Forge()
    let set = try JSONSerialization.jsonObject(with: Data(stranger.keySet().utf8))
    let jwk = ((set as? [String: Any])?["keys"] as? [Any])?.first
    // Under our key's name, and under its own.
    let named = stranger.header(["kid": forge.id, "jwk": jwk])
    #expect(outcome(try stranger.token(named)) == "TOKEN_FORGED")
    let own = stranger.header(["jwk": jwk, "jku": "https://example.org/keys"])
    #expect(outcome(try stranger.token(own)) == "TOKEN_KEY_UNKNOWN")
  }

  @Test("The public key is no secret to sign with: HS256 over it is refused as an algorithm")
  func algorithmConfusion() throws {
    let header = try JSONSerialization.data(withJSONObject: forge.header(["alg": "HS256"]))
    let claims = try JSONSerialization.data(withJSONObject: Forge.claims)
    let text = "\(Base64URL.encode(header)).\(Base64URL.encode(claims))"
    let secret = SymmetricKey(data: forge.key.publicKey.rawRepresentation)
    let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: secret)
    #expect(outcome("\(text).\(Base64URL.encode(Array(code)))") == "TOKEN_ALGORITHM_REFUSED")
  }

  @Test("A changed byte anywhere in a token is a refusal")
  func everyByte() throws {
    let token = try forge.token()
    #expect(outcome(token) == "u-1 [\"registrar\"]")
    for index in token.utf8.indices {
      var bytes = Array(token.utf8)
      let offset = token.utf8.distance(from: token.utf8.startIndex, to: index)
      bytes[offset] = bytes[offset] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      let changed = String(decoding: bytes, as: UTF8.self)
      #expect(outcome(changed).hasPrefix("TOKEN_"), "byte \(offset) may be changed")
    }
  }

  @Test("A signature of other claims, and none at all, is a forgery")
  func swappedSignatures() throws {
    let parts = try forge.token().split(separator: ".")
    let others = try forge.token(nil, Forge.claims(["sub": "u-2"])).split(separator: ".")
    #expect(outcome("\(parts[0]).\(parts[1]).\(others[2])") == "TOKEN_FORGED")
    #expect(outcome("\(parts[0]).\(others[1]).\(parts[2])") == "TOKEN_FORGED")
    #expect(outcome("\(parts[0]).\(parts[1]).") == "TOKEN_FORGED")
    #expect(outcome("\(parts[0]).\(parts[1])") == "TOKEN_MALFORMED")
  }

  @Test(
    "JSON that two readers could take differently is refused among claims that are good",
    arguments: [
      (#""x":{"a":1,"b":[1.5,true,null,"\u00e9\ud83c\udfdb"]}"#, "u-1 []"),
      (#""sub":"u-2""#, "TOKEN_MALFORMED"), (#""x":{"a":1,"a":2}"#, "TOKEN_MALFORMED"),
      (#""a":"#, "TOKEN_MALFORMED"), (#""a":1,"#, "TOKEN_MALFORMED"),
      (#""a":1}"#, "TOKEN_MALFORMED"), (#""a":1}{"b":2"#, "TOKEN_MALFORMED"),
      ("a:1", "TOKEN_MALFORMED"), ("'a':1", "TOKEN_MALFORMED"),
      (#""a":01"#, "TOKEN_MALFORMED"), (#""a":+1"#, "TOKEN_MALFORMED"),
      (#""a":-"#, "TOKEN_MALFORMED"), (#""a":"\x""#, "TOKEN_MALFORMED"),
      (#""a":"\ud800""#, "TOKEN_MALFORMED"), ("\"a\":\"\u{1}\"", "TOKEN_MALFORMED"),
      (#""a":NaN"#, "TOKEN_MALFORMED"), (#""a":[[[[[[[[[1]]]]]]]]]"#, "TOKEN_MALFORMED"),
      (#""a":1 /* comment */"#, "TOKEN_MALFORMED"),
    ])
  func strictJSON(more: String, expected: String) throws {
    let good =
      #"{"iss":"cabildo","aud":"cabildo","sub":"u-1","roles":[],"iat":1,"exp":4000000000"#
    #expect(outcome(try forge.token(claims: "\(good),\(more)}")) == expected)
  }

  @Test(
    "What is no token is malformed, or too large to look at",
    arguments: [
      ("", "TOKEN_MALFORMED"), (".", "TOKEN_MALFORMED"), ("..", "TOKEN_MALFORMED"),
      ("a.b.c.d", "TOKEN_MALFORMED"), ("a.b.c", "TOKEN_MALFORMED"),
      ("e30.e30.e30", "TOKEN_ALGORITHM_REFUSED"), ("e30=.e30.e30", "TOKEN_MALFORMED"),
      ("e30 .e30.e30", "TOKEN_MALFORMED"), ("ÿ.ÿ.ÿ", "TOKEN_MALFORMED"),
      (String(repeating: "a", count: 4096), "TOKEN_MALFORMED"),
      (String(repeating: "a", count: 4097), "TOKEN_TOO_LARGE"),
    ])
  func garbage(token: String, expected: String) {
    #expect(outcome(token) == expected)
  }

  @Test("The issuer's tokens are accepted as they were meant, whatever the subject is called")
  func issued() throws {
    let key = SigningKey.make()
    let verifier = TokenVerifier(key.verificationKeys) { Forge.now }
    let issuer = TokenIssuer(key) { Forge.now }
    for subject in ["u-1", "a \"quoted\" \\ one", "línea\nnueva\u{1}", "日本 🇯🇵"] {
      for roles in [Set(Role.allCases), [.reader], []] {
        let principal = Principal(subject: subject, roles: roles)
        let token = issuer.token(for: principal, validFor: .seconds(60))
        #expect(try verifier.verify(token) == principal)
      }
    }
  }

  @Test("A registrar reads too; nobody else is more than they are")
  func roles() {
    let holds = Role.allCases.map { role in
      Role.allCases.filter { Principal(subject: "u", roles: [role]).holds($0) }.map(\.rawValue)
    }
    #expect(holds == [["reader"], ["reader", "registrar"], ["operator"]])
  }
}

/// What a verifier remembers.
@Suite struct TokenCacheTests {
  private final class Clock: Sendable {
    private let seconds = Mutex(Forge.now)

    func set(_ new: Int64) { seconds.withLock { $0 = new } }
    var now: Int64 { seconds.withLock { $0 } }
  }

  @Test("A token that was accepted is still refused from the second of its end")
  func expiry() throws {
    let key = SigningKey.make()
    let clock = Clock()
    let verifier = TokenVerifier(key.verificationKeys) { clock.now }
    let token = TokenIssuer(key) { clock.now }.token(
      for: Principal(subject: "u", roles: []), validFor: .seconds(60))
    #expect(throws: Never.self) { try verifier.verify(token) }
    clock.set(Forge.now + 59)
    #expect(throws: Never.self) { try verifier.verify(token) }
    clock.set(Forge.now + 60)
    #expect(throws: TokenRefusal.expired) { try verifier.verify(token) }
  }

  @Test("It answers a known token many times faster, and never holds more than it may")
  func bounds() throws {
    let key = SigningKey.make()
    let verifier = TokenVerifier(key.verificationKeys, remembering: 8)
    let issuer = TokenIssuer(key)
    let tokens = (0..<100).map {
      issuer.token(for: Principal(subject: "u-\($0)", roles: []), validFor: .seconds(60))
    }
    let first = try ContinuousClock().measure {
      for token in tokens { _ = try verifier.verify(token) }
    }
    #expect(verifier.remembered <= 16)
    let again = try ContinuousClock().measure {
      for _ in 0..<100 { _ = try verifier.verify(tokens[99]) }
    }
    #expect(again * 3 < first, "\(again) against \(first)")
  }
}
