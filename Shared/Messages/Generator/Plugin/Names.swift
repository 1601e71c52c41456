/// How names of a `.proto` are spelled in Swift and C.
enum Names {
  /// `grpc.testing` -> `GrpcTesting`, `google.rpc` -> `GoogleRPC`,
  /// `cabildo.membership.v1` -> `MembershipV1`.
  static func namespace(ofPackage package: String) -> String {
    var parts = package.split { $0 == "." || $0 == "_" }.map(String.init)
    if parts.count > 1, parts[0] == "cabildo" { parts.removeFirst() }
    return parts.map { $0 == "rpc" ? "RPC" : capitalized($0) }.joined()
  }

  /// The name of a type among its neighbours.
  static func type(_ name: String) -> String {
    if unusableTypes.contains(name) { return name + "_" }
    return keywords.contains(name) ? "`\(name)`" : name
  }

  /// `page_size` -> `pageSize`.
  static func property(_ name: String) -> String {
    let plain = lowerCamel(name)
    if ownMembers.contains(plain) { return plain + "_" }
    return escaped(plain)
  }

  static func oneofType(_ name: String) -> String {
    type(name.split(separator: "_").map { capitalized(String($0)) }.joined())
  }

  /// `UnaryCall` -> `unaryCall`, `RPCStats` -> `rpcStats`.
  static func method(_ name: String) -> String {
    let capitals = name.prefix { $0.isUppercase }.count
    let lowered = capitals > 1 && capitals < name.count ? capitals - 1 : capitals
    return escaped(name.prefix(lowered).lowercased() + String(name.dropFirst(lowered)))
  }

  /// The values of an enum without the enum's own name before each of them.
  static func cases(of type: EnumType) -> [String] {
    let prefix = upperSnake(type.name) + "_"
    let short = type.values.map { String($0.name.dropFirst(prefix.count)) }
    let hasPrefix = type.values.allSatisfy { $0.name.hasPrefix(prefix) }
    let isUsable = short.allSatisfy { $0.first?.isLetter == true }
    return (hasPrefix && isUsable ? short : type.values.map(\.name)).map { name in
      let isAllCapitals = name == name.uppercased()
      let plain = lowerCamel(isAllCapitals ? name.lowercased() : name)
      return plain == "unrecognized" ? "unrecognized_" : escaped(plain)
    }
  }

  /// The C struct of a message: its full name with `__` for the dots.
  static func cStruct(_ fullName: String) -> String {
    fullName.split(separator: ".").joined(separator: "__")
  }

  /// The base name of what is generated for a file.
  static func output(_ protoName: String) -> String {
    String(protoName.dropLast(".proto".count)).replacing("/", with: ".")
  }

  static func cIdentifier(_ name: String) -> String {
    String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  private static func escaped(_ name: String) -> String {
    keywords.contains(name) ? "`\(name)`" : name
  }

  private static func capitalized(_ word: String) -> String {
    word.prefix(1).uppercased() + word.dropFirst()
  }

  private static func lowerCamel(_ name: String) -> String {
    let parts = name.split(separator: "_").map(String.init)
    guard let first = parts.first else { return name }
    return first.prefix(1).lowercased() + first.dropFirst()
      + parts.dropFirst().map(capitalized).joined()
  }

  private static func upperSnake(_ name: String) -> String {
    var snake = ""
    var previous: Character?
    for (character, next) in zip(name, Array(name.dropFirst()) + ["_"]) {
      let startsWord =
        previous.map { before in
          character.isUppercase && (!before.isUppercase || next.isLowercase)
        } ?? false
      snake += (startsWord && previous != "_" ? "_" : "") + character.uppercased()
      previous = character
    }
    return snake
  }

  /// What generated code itself calls by these names, or Swift forbids for a type in a type.
  private static let unusableTypes: Set<String> = [
    "Type", "Protocol", "Self", "Double", "Float", "Int32", "Int64", "UInt32", "UInt64", "UInt8",
    "Bool", "String", "Message", "OpenEnum", "Hashable", "Sendable", "Indirect", "JSONValue",
    "JSONError", "JSONFields", "JSONObjectWriter", "UnknownFields", "MessageLayout",
    "MessageWriter", "ParsedMessage", "JSONEncodingOptions", "JSONDecodingOptions",
  ]

  /// Members that every generated message has.
  private static let ownMembers: Set<String> = [
    "unknownFields", "messageName", "layout", "hashValue", "encode", "encoded", "hash",
    "jsonValue", "jsonString", "acceptsJSONNull", "hasOwnJSONForm", "self",
  ]

  private static let keywords: Set<String> = [
    "Any", "as", "associatedtype", "break", "case", "catch", "class", "continue", "default",
    "defer", "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate",
    "for", "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let", "nil",
    "operator", "precedencegroup", "private", "protocol", "public", "repeat", "rethrows", "return",
    "self", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try",
    "typealias", "unsafe", "var", "where", "while",
  ]
}
