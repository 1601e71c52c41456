internal import Crypto
internal import Foundation
internal import TokenFormat

/// Tells whom a token speaks for, or why it is refused.
///
/// Needs nothing but public keys and a clock. What it accepted it remembers for a while, because a
/// signature costs more than the rest of a call.
package final class TokenVerifier: Sendable {
  /// A longer token is not even read.
  package static let maxBytes = 4096
  package static let issuer = "cabildo"
  package static let audience = "cabildo"
  /// How far the issuer's clock may be ahead of ours. An expiry is not stretched.
  package static let skew: Int64 = 60

  private let keys: VerificationKeys
  private let now: @Sendable () -> Int64
  private let cache: TokenCache

  /// `now` is in seconds since 1970.
  package init(
    _ keys: VerificationKeys, remembering capacity: Int = 4096,
    now: @escaping @Sendable () -> Int64 = { Int64(Date.now.timeIntervalSince1970) }
  ) {
    self.keys = keys
    self.now = now
    cache = TokenCache(capacity: capacity)
  }

  /// Tokens it would know again.
  package var remembered: Int { cache.count }

  package func verify(_ token: String) throws(TokenRefusal) -> Principal {
    guard token.utf8.count <= Self.maxBytes else { throw .tooLarge }
    let now = now()
    if let known = cache[token] {
      guard now < known.expiry else { throw .expired }
      return known.principal
    }
    let verified = try verify(Array(token.utf8), now)
    cache[token] = verified
    return verified.principal
  }

  /// What is wrong at a time, in seconds since 1970, with what a token says of itself, whoever
  /// signed it; nil where nothing is.
  package static func refusal(ofClaimsIn token: String, at now: Int64) -> TokenRefusal? {
    guard token.utf8.count <= maxBytes else { return .tooLarge }
    let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3 else { return .malformed }
    do throws(TokenRefusal) {
      _ = try check(object(Array(parts[1])[...]), now)
      return nil
    } catch { return error }
  }

  private func verify(_ token: [UInt8], _ now: Int64) throws(TokenRefusal)
    -> TokenCache.Verified
  {
    let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .malformed }
    let key = try key(named: Self.object(parts[0]))
    guard let signature = Base64URL.decode(parts[2]) else { throw .malformed }
    let signed = token[..<parts[1].endIndex]
    guard key.isValidSignature(signature, for: signed) else { throw .forged }
    return try Self.check(Self.object(parts[1]), now)
  }

  private static func object(_ part: ArraySlice<UInt8>) throws(TokenRefusal) -> [String: Claim] {
    guard let bytes = Base64URL.decode(part), let object = try? ClaimParser.object(bytes) else {
      throw .malformed
    }
    return object
  }

  /// A key comes from our file alone: what else the header offers (`jwk`, `jku`, `x5c`) is not
  /// looked at, and what it calls critical is not known.
  private func key(named header: [String: Claim]) throws(TokenRefusal)
    -> Curve25519.Signing.PublicKey
  {
    guard header["alg"] == .text("EdDSA") else { throw .algorithmRefused }
    guard header["crit"] == nil, [nil, .text("JWT")].contains(header["typ"]),
      case .text(let id) = header["kid"]
    else { throw .malformed }
    guard let key = keys[id] else { throw .keyUnknown }
    return key
  }

  private static func check(_ claims: [String: Claim], _ now: Int64) throws(TokenRefusal)
    -> TokenCache.Verified
  {
    guard case .text(let issuer) = claims["iss"], case .text(let subject) = claims["sub"],
      !subject.isEmpty, case .integer(let issued) = claims["iat"],
      case .integer(let expiry) = claims["exp"], case .list(let roles) = claims["roles"],
      let audience = claims["aud"]
    else { throw .malformed }
    guard issuer == Self.issuer else { throw .wrongIssuer }
    guard audience == .text(Self.audience) || audience.contains(.text(Self.audience)) else {
      throw .wrongAudience
    }
    var start = issued
    if let notBefore = claims["nbf"] {
      guard case .integer(let seconds) = notBefore else { throw .malformed }
      start = max(start, seconds)
    }
    guard now < expiry else { throw .expired }
    guard start <= now + skew else { throw .notYetValid }
    var known: Set<Role> = []
    for role in roles {
      guard case .text(let name) = role else { throw .malformed }
      // A role of a later version means nothing here, and takes nothing away.
      if let role = Role(rawValue: name) { known.insert(role) }
    }
    return TokenCache.Verified(
      principal: Principal(subject: subject, roles: known), expiry: expiry)
  }
}

extension Claim {
  fileprivate func contains(_ claim: Claim) -> Bool {
    if case .list(let claims) = self { claims.contains(claim) } else { false }
  }
}
