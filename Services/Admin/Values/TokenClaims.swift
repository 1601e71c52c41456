import Auth
import Protobuf
import TokenFormat
import WellKnown

/// What a token says of itself, unchecked.
struct TokenClaims {
  private static let times: Set<String> = ["iat", "nbf", "exp"]

  /// Of the header and then of the body, as they stand.
  let rows: [[String]]

  init(_ token: String) throws {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    var rows: [[String]] = []
    for part in parts.prefix(2) {
      var parser = JSONParser(JSONLimits(bytes: TokenVerifier.maxBytes, depth: 8, elements: 1_000))
      guard parts.count == 3, let bytes = Base64URL.decode(part.utf8),
        case .object(let claims)? = try? parser.parse(bytes.span)
      else { throw UsageError("this is no token", advice: "A token has three parts and two dots.") }
      rows += claims.map { [$0.name, Self.text($0)] }
    }
    self.rows = rows
  }

  private static func text(_ claim: JSONValue.Member) -> String {
    switch claim.value {
    case .string(let text): return text
    case .number(let number):
      guard times.contains(claim.name), let seconds = Int64(number) else { return number }
      return GoogleProtobuf.Timestamp(seconds: seconds).text
    default: return claim.value.text
    }
  }
}
