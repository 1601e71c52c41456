internal import Foundation
internal import TokenFormat

/// Signs tokens.
package struct TokenIssuer: Sendable {
  private let key: SigningKey
  private let now: @Sendable () -> Int64

  /// `now` is in seconds since 1970.
  package init(
    _ key: SigningKey,
    now: @escaping @Sendable () -> Int64 = { Int64(Date.now.timeIntervalSince1970) }
  ) {
    self.key = key
    self.now = now
  }

  /// A token that speaks for a principal from now on, for so long.
  package func token(for principal: Principal, validFor duration: Duration) -> String {
    let issued = now()
    let roles = principal.roles.map { Self.quoted($0.rawValue) }.sorted().joined(separator: ",")
    let id = Base64URL.encode((0..<16).map { _ in UInt8.random(in: .min ... .max) })
    let claims = [
      "\"iss\":\(Self.quoted(TokenVerifier.issuer))",
      "\"aud\":\(Self.quoted(TokenVerifier.audience))",
      "\"sub\":\(Self.quoted(principal.subject))", "\"roles\":[\(roles)]", "\"iat\":\(issued)",
      "\"nbf\":\(issued)", "\"exp\":\(issued + duration.components.seconds)", "\"jti\":\"\(id)\"",
    ]
    return token("{\(claims.joined(separator: ","))}")
  }

  private func token(_ claims: String) -> String {
    let header = "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\(Self.quoted(key.id))}"
    let signed = "\(Base64URL.encode(header.utf8)).\(Base64URL.encode(claims.utf8))"
    return "\(signed).\(Base64URL.encode(key.signature(for: Array(signed.utf8))))"
  }

  private static func quoted(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": json += "\\\(scalar)"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }
}
