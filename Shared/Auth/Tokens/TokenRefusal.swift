/// Why a token is not accepted.
package enum TokenRefusal: Error, Hashable, Sendable, CaseIterable {
  case tooLarge
  case malformed
  /// Another algorithm than Ed25519: what a forger asks for first.
  case algorithmRefused
  case keyUnknown
  case forged
  case wrongIssuer
  case wrongAudience
  case expired
  case notYetValid

  /// For programs to switch on; these never change.
  package var reason: String {
    switch self {
    case .tooLarge: "TOKEN_TOO_LARGE"
    case .malformed: "TOKEN_MALFORMED"
    case .algorithmRefused: "TOKEN_ALGORITHM_REFUSED"
    case .keyUnknown: "TOKEN_KEY_UNKNOWN"
    case .forged: "TOKEN_FORGED"
    case .wrongIssuer: "TOKEN_WRONG_ISSUER"
    case .wrongAudience: "TOKEN_WRONG_AUDIENCE"
    case .expired: "TOKEN_EXPIRED"
    case .notYetValid: "TOKEN_NOT_YET_VALID"
    }
  }

  /// For people.
  package var sentence: String {
    switch self {
    case .tooLarge: "the token is longer than \(TokenVerifier.maxBytes) bytes"
    case .malformed: "the token is not a JWT as this suite issues them"
    case .algorithmRefused: "the token is not signed with Ed25519 (alg EdDSA)"
    case .keyUnknown: "the token is signed with a key that this service does not know"
    case .forged: "the signature of the token is wrong"
    case .wrongIssuer: "the token is not issued by \"\(TokenVerifier.issuer)\""
    case .wrongAudience: "the token is not meant for \"\(TokenVerifier.audience)\""
    case .expired: "the token has expired: get a new one"
    case .notYetValid: "the token is not valid yet: look at the clocks of issuer and service"
    }
  }
}
