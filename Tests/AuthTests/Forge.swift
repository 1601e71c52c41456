import Auth
import Crypto
import Foundation
import TokenFormat

/// Makes tokens as their issuer would, and as forgers do. Its keys are its own: what they sign is
/// accepted only where they are known.
struct Forge {
  let key = Curve25519.Signing.PrivateKey()

  static let now: Int64 = 1_764_000_000

  var id: String { VerificationKeys.id(of: key.publicKey) }

  var header: [String: Any] { ["alg": "EdDSA", "typ": "JWT", "kid": id] }

  static var claims: [String: Any] {
    [
      "iss": "cabildo", "aud": "cabildo", "sub": "u-1", "roles": ["registrar"], "iat": now,
      "nbf": now, "exp": now + 600, "jti": "j",
    ]
  }

  /// The claims with some changed, or with nil left out.
  static func claims(_ changes: [String: Any?]) -> [String: Any] {
    claims.merging(changes.compactMapValues { $0 }) { $1 }
      .filter { name, _ in changes[name].map { $0 != nil } ?? true }
  }

  func header(_ changes: [String: Any?]) -> [String: Any] {
    header.merging(changes.compactMapValues { $0 }) { $1 }
      .filter { name, _ in changes[name].map { $0 != nil } ?? true }
  }

  /// A token whose signature fits whatever it says.
  func token(_ header: [String: Any]? = nil, _ claims: [String: Any] = claims) throws -> String {
    try signed(
      JSONSerialization.data(withJSONObject: header ?? self.header),
      JSONSerialization.data(withJSONObject: claims))
  }

  func signed(_ header: Data, _ claims: Data) throws -> String {
    let text = "\(Base64URL.encode(header)).\(Base64URL.encode(claims))"
    return "\(text).\(Base64URL.encode(try key.signature(for: Data(text.utf8))))"
  }

  func token(claims text: String) throws -> String {
    try signed(JSONSerialization.data(withJSONObject: header), Data(text.utf8))
  }

  /// The public key as a set of keys (JWK).
  func keySet(id: String? = nil, and more: String = "") -> String {
    let x = Base64URL.encode(key.publicKey.rawRepresentation)
    return """
      {"keys":[{"kty":"OKP","crv":"Ed25519","kid":"\(id ?? self.id)","x":"\(x)"\(more)}]}
      """
  }

  func keys(_ folder: String) throws -> VerificationKeys {
    let path = "\(folder)/\(UUID().uuidString).json"
    try Data(keySet().utf8).write(to: URL(filePath: path))
    return try VerificationKeys(file: path)
  }
}
