internal import Protobuf
internal import RPC
internal import TokenFormat

/// JSON of strangers: the parser, service configs, and the claims of a token.
enum JSONTexts {
  private static let small = JSONLimits(bytes: 256, depth: 4, elements: 16)

  static func check(_ bytes: [UInt8]) throws(Finding) {
    let value = parse(bytes, .standard)
    try claims(bytes, value)
    serviceConfig(bytes)
    let bounded = parse(bytes, small)
    guard let value else {
      return try expect(bounded == nil, "small limits take more")
    }
    if let bounded {
      try expect(bounded == value, "small limits read it otherwise")
      try expect(depth(of: value) <= small.depth, "deeper than allowed")
    }
    let text = value.text
    try expect(parse(Array(text.utf8), .standard) == value, "written and read otherwise: \(text)")
  }

  private static func parse(_ bytes: [UInt8], _ limits: JSONLimits) -> JSONValue? {
    var parser = JSONParser(limits)
    return try? parser.parse(bytes.span)
  }

  private static func depth(of value: JSONValue) -> Int {
    switch value {
    case .array(let values): 1 + (values.map { depth(of: $0) }.max() ?? 0)
    case .object(let members): 1 + (members.map { depth(of: $0.value) }.max() ?? 0)
    default: 0
    }
  }

  /// What the parser of tokens takes every reader takes, and means the same by.
  private static func claims(_ bytes: [UInt8], _ value: JSONValue?) throws(Finding) {
    guard let claims = try? ClaimParser.object(bytes) else { return }
    guard let value else { throw Finding("a token's JSON that is none") }
    try expect(same(.object(claims), value), "a token means two things")
  }

  private static func same(_ claim: Claim, _ value: JSONValue) -> Bool {
    switch (claim, value) {
    case (.text(let text), .string(let string)): return text.utf8.elementsEqual(string.utf8)
    case (.integer(let number), .number(let text)): return "\(number)" == text
    case (.other, .number), (.other, .null), (.other, .bool): return true
    case (.list(let claims), .array(let values)):
      return claims.count == values.count && zip(claims, values).allSatisfy { same($0, $1) }
    case (.object(let claims), .object(let members)):
      return claims.count == members.count
        && members.allSatisfy { member in
          claims[member.name].map { same($0, member.value) } == true
        }
    default: return false
    }
  }

  private static func serviceConfig(_ bytes: [UInt8]) {
    _ = try? ServiceConfig(json: String(decoding: bytes, as: UTF8.self))
  }
}
